// Bars beside a table of figures, drawn here: for eyes that want to see at once which is the longest. The table says it all,
// so that nothing is missed by whoever does not see them.

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, ROW, BAR, LABEL] = [640, 34, 22, 190];

function draw(tag, attributes, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

const shortened = (label) => (label.length > 22 ? `${label.slice(0, 21)}…` : label);

/** Return a picture of bars, each `[label, value, text]`; `name` says what they are. */
export function bars(name, rows) {
  const most = Math.max(1, ...rows.map(([, value]) => value));
  const space = WIDTH - LABEL - 90; // the text stands behind a bar
  const picture = draw("svg", { viewBox: `0 0 ${WIDTH} ${rows.length * ROW}`, role: "img", "aria-label": name, class: "chart" });
  rows.forEach(([label, value, text], at) => {
    const top = at * ROW + (ROW - BAR) / 2;
    const length = Math.round((Math.max(0, value) / most) * space);
    picture.append(draw("text", { x: LABEL - 8, y: top + BAR - 6, "text-anchor": "end" }, shortened(label)),
      draw("rect", { x: LABEL, y: top, width: length, height: BAR, rx: 3 }),
      draw("text", { x: LABEL + length + 8, y: top + BAR - 6 }, text));
  });
  return picture;
}
