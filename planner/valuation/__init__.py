"""What information, licences, promises, decisions and prices are worth, and which other plans are as good."""
