// Small helps for the pages; everything works without them, but for what moves by itself.
"use strict";

// --- the drop zone: a file dropped or chosen is sent at once -----------------------------------------

for (const form of document.querySelectorAll("form[data-drop]")) {
  const input = form.querySelector("input[type=file]");
  const note = form.querySelector(".drop-note");
  form.classList.add("live");

  const send = () => {
    if (!input.files.length) return;
    note.textContent = `Sending ${input.files[0].name} …`;
    form.submit();
  };
  input.addEventListener("change", send);
  for (const name of ["dragover", "dragenter"]) {
    form.addEventListener(name, (event) => { event.preventDefault(); form.classList.add("over"); });
  }
  for (const name of ["dragleave", "drop"]) {
    form.addEventListener(name, () => form.classList.remove("over"));
  }
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    send();
  });
}
// A file dropped beside the zone must not take the page's place.
for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());

// --- forms ---------------------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) {
    event.preventDefault();
  } else if ("once" in form.dataset) {
    // Pressed twice it would be solved twice.
    window.setTimeout(() => form.querySelectorAll("button").forEach((button) => { button.disabled = true; }), 0);
  }
});
// Back from the next page: forms can be sent again.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-once] button").forEach((button) => { button.disabled = false; });
});

// --- what-if: the box beside a cell shows what it says now ----------------------------------------------

for (const choice of document.querySelectorAll("select[data-value]")) {
  const box = document.getElementById(choice.dataset.value);
  const show = () => { box.placeholder = choice.selectedOptions[0]?.dataset.now ? `now ${choice.selectedOptions[0].dataset.now}` : ""; };
  choice.addEventListener("change", show);
  show();
}

// --- what-if for any cell: table, row and field, each by what was chosen before it ---------------------

for (const place of document.querySelectorAll("[data-anything]")) {
  let known;
  const fetched = async () => (known ??= await (await fetch(place.dataset.anything)).json());
  const option = (value, text) => Object.assign(document.createElement("option"), { value, textContent: text });
  for (const line of place.querySelectorAll("fieldset")) {
    const [table, row, field] = line.querySelectorAll("select");
    const box = line.querySelector("input");
    const note = line.querySelector("small");
    const tell = () => {
      const held = known?.[table.value];
      const spec = held?.fields.find((one) => one.name === field.value);
      const now = held?.rows.find((one) => one[0] === row.value)?.[1][held.fields.indexOf(spec)];
      box.placeholder = now === undefined ? "" : `now ${now || "blank"}`;
      note.textContent = spec ? [spec.meaning, spec.unit && `[${spec.unit}]`, spec.choices.length && `one of ${spec.choices.join(", ")}`].filter(Boolean).join(" · ") : "";
    };
    table.addEventListener("change", async () => {
      const held = (await fetched())[table.value];
      row.replaceChildren(option("", "Choose …"));
      field.replaceChildren(option("", "Choose …"));
      if (held) {
        if (table.value !== "settings") row.append(option("*", "every row"));
        row.append(...held.targets.map((name) => option(`@${name}`, `every event on ${name}`)));
        row.append(...held.rows.map(([key]) => option(key, key.replaceAll("_", " "))));
        field.append(...held.fields.map((one) => option(one.name, one.name.replaceAll("_", " "))));
        if (held.fields.length === 1) field.value = held.fields[0].name;
      }
      tell();
    });
    row.addEventListener("change", tell);
    field.addEventListener("change", tell);
  }
  place.querySelector("[data-more]").addEventListener("click", (event) => {
    place.querySelector("fieldset[hidden]")?.removeAttribute("hidden");
    event.target.hidden = !place.querySelector("fieldset[hidden]");
  });
}

// --- tables to type in: one more row ---------------------------------------------------------------------

for (const button of document.querySelectorAll("[data-row]")) {
  button.addEventListener("click", () => {
    const body = button.closest("section").querySelector("tbody");
    const row = body.lastElementChild.cloneNode(true);
    const line = Number(row.querySelector("th").textContent) + 1;
    row.querySelector("th").textContent = line;
    for (const box of row.querySelectorAll("input")) {
      box.value = "";
      box.setAttribute("aria-label", box.getAttribute("aria-label").replace(/\d+$/, line));
    }
    body.append(row);
    row.querySelector("input").focus();
  });
}

// --- the checklist keeps its ticks in this browser -----------------------------------------------------

for (const box of document.querySelectorAll("input[data-keep]")) {
  const name = `done-${box.dataset.keep}`;
  box.checked = localStorage.getItem(name) === "yes";
  box.addEventListener("change", () => {
    if (box.checked) localStorage.setItem(name, "yes"); else localStorage.removeItem(name);
  });
}

// --- printing shows the figures beside each chart ------------------------------------------------------

window.addEventListener("beforeprint", () => {
  document.querySelectorAll("details.notes:not([open])").forEach((one) => { one.open = true; one.dataset.printed = ""; });
});
window.addEventListener("afterprint", () => {
  document.querySelectorAll("details[data-printed]").forEach((one) => { one.open = false; delete one.dataset.printed; });
});
