"""The only driver of HiGHS: scaling, options, statuses."""
