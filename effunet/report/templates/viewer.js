"use strict";
const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
const made = (tag, attributes) => Object.assign(document.createElement(tag), attributes);

// Tables sort by the column whose head is pressed: the first by name, others by number, what is none last.
for (const head of all("th")) {
  const table = head.closest("table"), column = head.cellIndex;
  const button = made("button", { type: "button", textContent: head.textContent, title: "sort" });
  head.replaceChildren(button);
  button.onclick = () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of all("th", table)) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const text = (row) => row.cells[column].textContent.trim();
    const number = (row) => parseFloat(text(row).replaceAll(",", ""));
    const body = table.tBodies[0], rows = [...body.rows];
    rows.sort((a, b) => {
      if (column === 0) return (down ? -1 : 1) * text(a).localeCompare(text(b));
      const x = number(a), y = number(b);
      return isNaN(x) || isNaN(y) ? isNaN(x) - isNaN(y) : (down ? -1 : 1) * (x - y);
    });
    body.append(...rows);
  };
}

// The gallery shows what has all pressed classes, and is of one of the pressed groups.
const opacity = document.getElementById("opacity");
if (opacity) {
  const cards = all(".gallery .card");
  const pressed = (name) => all(`.gallery button[data-${name}][aria-pressed=true]`).map((button) => button.dataset[name]);
  const filter = () => {
    const classes = pressed("class"), groups = pressed("group"), warned = pressed("warned").length;
    for (const card of cards)
      card.hidden = !(classes.every((index) => card.dataset.classes.includes(` ${index} `))
        && (!groups.length || groups.includes(card.dataset.group))
        && (!warned || card.classList.contains("warned")));
    const shown = cards.filter((card) => !card.hidden).length;
    const of = shown === cards.length ? "" : `${shown} of `;
    document.getElementById("shown").textContent = `${of}${cards.length} picture${cards.length > 1 ? "s" : ""}`;
  };
  for (const button of all(".gallery .head button"))
    button.onclick = () => { button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true"); filter(); };
  opacity.oninput = () => document.documentElement.style.setProperty("--mask", opacity.value / 100);
}

// The viewer: a diagram in full size, or a picture that is wiped to one of its masks.
const viewer = document.querySelector(".viewer"), stage = viewer.firstElementChild;
const caption = viewer.querySelector("p"), controls = viewer.querySelector(".chips");
let shown = [], at = 0, layer = 0;

function button(text, onclick, pressed) {
  const created = made("button", { type: "button", textContent: text, onclick });
  if (pressed !== undefined) created.setAttribute("aria-pressed", pressed);
  return created;
}

function step(by) { at = (at + by + shown.length) % shown.length; show(); }

function show() {
  const images = all("img", shown[at]).map((image) => made("img", { src: image.src, alt: image.alt, className: image.className, draggable: false }));
  const masks = images.filter((image) => image.className === "mask"), picture = images.find((image) => image.className !== "mask");
  const both = made("div", { className: picture && masks.length ? "both wiped" : "both" });
  layer = Math.min(layer, Math.max(0, masks.length - 1));
  masks.forEach((mask, index) => { mask.hidden = index !== layer; mask.classList.toggle("alone", !picture); });
  both.append(...images);
  const slider = made("input", { type: "range", min: 0, max: 100, value: 50, step: 0.5 });
  slider.setAttribute("aria-label", "between picture and mask");
  slider.oninput = () => both.style.setProperty("--wipe", `${slider.value}%`);
  slider.oninput();
  both.onpointerdown = both.onpointermove = (event) => {
    if (!both.classList.contains("wiped") || !(event.buttons & 1)) return;
    const { left, width } = both.getBoundingClientRect();
    slider.value = 100 * (event.clientX - left) / width;
    slider.oninput();
  };
  const { naturalWidth: w = 4, naturalHeight: h = 3 } = shown[at].querySelector("img") ?? {};
  stage.replaceChildren(both, ...(both.classList.contains("wiped") ? [slider] : []));
  stage.style.width = `min(96vw, calc(76vh * ${w / h}))`;
  caption.textContent = [...shown[at].querySelector("figcaption").childNodes].map((node) => node.textContent).join(" · ");
  controls.replaceChildren(
    ...(shown.length > 1 ? [button("previous", () => step(-1)), button("next", () => step(1))] : []),
    ...(masks.length > 1 ? masks.map((mask, index) => button(mask.alt, () => { layer = index; show(); }, index === layer)) : []),
    button("close", () => viewer.close()),
  );
  if (!viewer.open) viewer.showModal();
}

for (const card of all(".card"))
  card.querySelector("button").onclick = () => {
    shown = all(".card", card.closest("section")).filter((other) => !other.hidden);
    at = shown.indexOf(card);
    show();
  };
for (const plot of all(".plot img")) {
  plot.classList.add("zooms");
  Object.assign(plot, { tabIndex: 0, role: "button", onkeydown: ({ key }) => { if (key === "Enter") plot.click(); } });
  plot.onclick = () => {
    shown = [];
    const figure = made("div", { className: "plot" });
    figure.append(plot.cloneNode());
    stage.replaceChildren(figure);
    stage.style.width = "";
    caption.textContent = plot.alt;
    controls.replaceChildren(button("close", () => viewer.close()));
    viewer.showModal();
  };
}
viewer.onclick = ({ target }) => { if (target === viewer) viewer.close(); };
document.onkeydown = (event) => {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (viewer.open && shown.length && by && event.target.type !== "range") { step(by); event.preventDefault(); }
};
window.onbeforeprint = () => { for (const folded of all("details")) folded.open = true; };
