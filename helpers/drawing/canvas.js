// A sheet to draw on. It fetches nothing. After each change the strokes go to Python as text, by the two ways that
// notebooks have: a hidden text field of ipywidgets, and Colab's own call into the kernel.
function drawingSheet(root, settings) {
  const SHOWN = 320, FINE = 640; // side of the sheet on the page, and of the pixels behind it
  let strokes = [], past = [], current = null;
  let colour = settings.colours[0][1], width = 0.06;

  const make = (tag, properties, parent) =>
    parent.appendChild(Object.assign(document.createElement(tag), properties));

  root.replaceChildren();
  const bar = make("div", { className: "from-noise-bar" }, root);
  const swatches = settings.colours.map(([name, value]) => {
    const swatch = make("button", { type: "button", title: name, onclick: () => choose(value) }, bar);
    swatch.setAttribute("aria-label", name);
    swatch.dataset.colour = value;
    swatch.style.background = value;
    return swatch;
  });
  const anyLabel = make("label", { textContent: "other " }, bar);
  const any = make("input", { type: "color", value: colour, oninput: () => choose(any.value) }, anyLabel);

  const canvas = make("canvas", { width: FINE, height: FINE }, root);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "sheet to draw on, with a mouse, a pen or a finger");
  canvas.style.width = canvas.style.height = SHOWN + "px";

  const tools = make("div", { className: "from-noise-bar" }, root);
  const brushLabel = make("label", { textContent: "brush " }, tools);
  const brush = make("input", { type: "range", min: 1, max: 30, value: 100 * width }, brushLabel);
  brush.oninput = () => { width = brush.value / 100; };
  const tool = (name, act) => make("button", { type: "button", textContent: name, onclick: act }, tools);
  tool("Undo", () => { strokes = past.pop() || []; redraw(); deliver(); });
  tool("Fill", () => change([...strokes, { colour, width: settings.widest, points: [[0.5, 0.5]] }]));
  tool("Clear", () => change([]));
  const status = make("span", { className: "from-noise-status" }, tools);
  status.setAttribute("role", "status");

  function choose(value) {
    colour = any.value = value;
    for (const swatch of swatches) swatch.setAttribute("aria-pressed", swatch.dataset.colour === value);
  }

  const pen = canvas.getContext("2d");
  const sheet = new Image();
  sheet.onload = () => redraw();
  if (settings.sheet) sheet.src = settings.sheet; // a data: address, nothing is fetched

  function redraw() {
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, FINE, FINE);
    pen.imageSmoothingEnabled = false;
    if (settings.sheet && sheet.complete) pen.drawImage(sheet, 0, 0, FINE, FINE);
    for (const stroke of current ? [...strokes, current] : strokes) paint(stroke);
  }

  function paint({ colour, width, points }) {
    pen.strokeStyle = pen.fillStyle = colour;
    pen.lineWidth = width * FINE;
    pen.lineCap = pen.lineJoin = "round";
    pen.beginPath();
    const [[x, y]] = points;
    if (points.length === 1) { // a line without length would not be drawn
      pen.arc(x * FINE, y * FINE, (width * FINE) / 2, 0, 2 * Math.PI);
      pen.fill();
      return;
    }
    for (const [x, y] of points) pen.lineTo(x * FINE, y * FINE);
    pen.stroke();
  }

  function change(next) {
    past.push(strokes);
    strokes = next;
    redraw();
    deliver();
  }

  function deliver() {
    const text = JSON.stringify({ strokes });
    const field = document.querySelector("." + settings.field + " textarea");
    const colab = window.google && window.google.colab && window.google.colab.kernel;
    if (field) {
      field.value = text;
      for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
    }
    if (colab) colab.invokeFunction(settings.field, [text], {});
    const count = strokes.length === 1 ? "1 stroke" : strokes.length + " strokes";
    status.textContent = field || colab ? count : "not connected: run this cell again";
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    const inside = (part) => Math.round(1e4 * Math.min(1, Math.max(0, part))) / 1e4;
    return [inside((event.clientX - box.left) / box.width), inside((event.clientY - box.top) / box.height)];
  }

  canvas.onpointerdown = (event) => {
    if (event.button) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    current = { colour, width, points: [place(event)] };
    redraw();
  };
  canvas.onpointermove = (event) => {
    if (!current) return;
    const [x, y] = place(event), [oldX, oldY] = current.points[current.points.length - 1];
    if (Math.hypot(x - oldX, y - oldY) < 0.004) return; // closer than the eye sees
    current.points.push([x, y]);
    redraw();
  };
  canvas.onpointerup = canvas.onpointercancel = () => {
    if (!current) return;
    const drawn = current;
    current = null;
    change([...strokes, drawn]);
  };

  choose(colour);
  redraw();
}
