// The drawing board: element, props, trigger and watch are given by gr.HTML. Every pixel has exactly one of the colours
// (no antialiasing), since a label map must not hold mixtures. The drawing travels as props.value, a PNG data URL.
const canvas = element.querySelector("canvas");
const pen = element.querySelector(".pen");
const swatches = element.querySelector(".palette");
const width = element.querySelector(".width");
const context = canvas.getContext("2d", { willReadFrequently: true });
const [W, H] = [props.width, props.height];
const history = [];
const cursor = { x: W >> 1, y: H >> 1 };
let tool = props.tool, colour = "", start = null, last = null, before = null, sent = null;

canvas.width = W;
canvas.height = H;
element.querySelector(".board").style.aspectRatio = `${W} / ${H}`;
width.max = Math.max(2, Math.round(Math.min(W, H) / 8));
width.value = props.thickness;
const snapshot = () => context.getImageData(0, 0, W, H);
const fill = (c) => { context.fillStyle = c; context.fillRect(0, 0, W, H); };

function stamp(x, y) {
  const size = Number(width.value), half = (size - 1) >> 1;
  context.fillRect(x - half, y - half, size, size);
}
function line(a, b) {  // Bresenham
  const dx = Math.abs(b.x - a.x), dy = -Math.abs(b.y - a.y);
  const sx = a.x < b.x ? 1 : -1, sy = a.y < b.y ? 1 : -1;
  let { x, y } = a, error = dx + dy;
  for (;;) {
    stamp(x, y);
    if (x === b.x && y === b.y) return;
    const twice = 2 * error;
    if (twice >= dy) { error += dy; x += sx; }
    if (twice <= dx) { error += dx; y += sy; }
  }
}
function begin(point) {
  before = snapshot();
  start = last = point;
  move(point);
}
function move(point) {
  if (!start) return;
  context.fillStyle = colour;
  if (tool === "pencil") line(last, point);
  else {
    context.putImageData(before, 0, 0);
    if (tool === "line") line(start, point);
    else context.fillRect(Math.min(start.x, point.x), Math.min(start.y, point.y),
                          Math.abs(point.x - start.x) + 1, Math.abs(point.y - start.y) + 1);
  }
  last = point;
}
function end() {
  if (!start) return;
  start = null;
  remember(before);
  send();
}
function cancel() {
  if (start) context.putImageData(before, 0, 0);
  start = null;
}
function remember(image) {
  history.push(image);
  if (history.length > 50) history.shift();
}
function send() {
  sent = canvas.toDataURL("image/png");
  props.value = sent;
  trigger("stroke");
}
function undo() {
  if (start) return cancel();
  if (!history.length) return;
  context.putImageData(history.pop(), 0, 0);
  send();
}
function clear() {
  remember(snapshot());
  fill(props.background);
  send();
}
function show(url) {  // a picture that comes from the server: an example or an upload
  const image = new Image();
  image.onload = () => {
    cancel();
    remember(snapshot());
    context.imageSmoothingEnabled = false;
    context.drawImage(image, 0, 0, W, H);
  };
  image.src = url;
}
function choose(chosen) {
  tool = chosen;
  for (const b of element.querySelectorAll("[data-tool]")) b.setAttribute("aria-pressed", String(b.dataset.tool === tool));
}
function paint(chosen) {
  colour = chosen;
  for (const b of swatches.querySelectorAll("button")) b.setAttribute("aria-pressed", String(b.dataset.colour === colour));
}

props.palette.forEach(([name, value], index) => {
  const button = document.createElement("button"), chip = document.createElement("i");
  button.type = "button";
  button.dataset.colour = value;
  button.title = index < 9 ? `${name} (${index + 1})` : name;
  chip.style.background = value;
  button.append(chip, name);
  swatches.append(button);
});
if (props.free_colour) {
  const label = document.createElement("label"), picker = document.createElement("input");
  picker.type = "color";
  picker.addEventListener("input", () => paint(picker.value));
  label.append(picker, "other");
  swatches.append(label);
}

const place = (event) => {
  const box = canvas.getBoundingClientRect();
  const at = (value, size) => Math.min(size - 1, Math.max(0, Math.floor(value * size)));
  return { x: at((event.clientX - box.left) / box.width, W), y: at((event.clientY - box.top) / box.height, H) };
};
canvas.addEventListener("pointerdown", (event) => {
  if (event.button || start) return;
  canvas.setPointerCapture(event.pointerId);
  canvas.focus({ preventScroll: true });
  pen.hidden = true;
  begin(place(event));
});
canvas.addEventListener("pointermove", (event) => {
  if (canvas.hasPointerCapture(event.pointerId))
    for (const part of event.getCoalescedEvents?.() ?? []) move(place(part));
  if (canvas.hasPointerCapture(event.pointerId)) move(place(event));
});
canvas.addEventListener("pointerup", end);
canvas.addEventListener("pointercancel", cancel);
canvas.addEventListener("blur", () => { end(); pen.hidden = true; });

const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const acts = { undo, clear };
element.addEventListener("keydown", (event) => {
  const key = event.key, onBoard = event.target === canvas;
  if (event.target.matches("input[type=color]") || event.altKey) return;
  if ((event.ctrlKey || event.metaKey) && key.toLowerCase() !== "z") return;
  if (event.target.matches("input") && step[key]) return;
  const act = {
    p: () => choose("pencil"), l: () => choose("line"), r: () => choose("rectangle"), u: undo, z: undo,
    "[": () => { width.stepDown(); }, "]": () => { width.stepUp(); }, delete: clear, escape: cancel,
  }[key.toLowerCase()];
  if (onBoard && step[key]) {
    const far = event.shiftKey ? 8 : 1;
    cursor.x = Math.min(W - 1, Math.max(0, cursor.x + far * step[key][0]));
    cursor.y = Math.min(H - 1, Math.max(0, cursor.y + far * step[key][1]));
    pen.hidden = false;
    Object.assign(pen.style, { left: `${(100 * cursor.x) / W}%`, top: `${(100 * cursor.y) / H}%`,
                               width: `${100 / W}%`, height: `${100 / H}%` });
    move({ ...cursor });
  } else if (onBoard && key === " ") start ? end() : begin({ ...cursor });
  else if (onBoard && key === "Enter") { end(); trigger("translate"); }
  else if (/^[1-9]$/.test(key) && props.palette[key - 1]) paint(props.palette[key - 1][1]);
  else if (act) act();
  else return;
  event.preventDefault();
});
element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.tool) choose(button.dataset.tool);
  if (button?.dataset.act) acts[button.dataset.act]();
  if (button?.dataset.colour) paint(button.dataset.colour);
});

watch("value", () => { if (props.value && props.value !== sent) show(props.value); });
choose(tool);
paint(props.colour);
fill(props.background);
if (props.value) show(props.value);
else { sent = canvas.toDataURL("image/png"); props.value = sent; }
