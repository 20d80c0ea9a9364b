"""What runs in the browser for objects: renaming in place, naming something in a picture, merging.

As in `memory_script`: the dialogs have constant templates, and values reach them as properties (but
for the choices of a merge, whose HTML is made inert in `object_cards`).
"""

from __future__ import annotations

# Goes on from LIST_JS. A name that is being typed outlasts a redraw of the list; the form closes
# when the object has another name or kind than it began with.
OBJECT_LIST_JS = """
let draft = null;
const stored = card => JSON.stringify([card.dataset.name, card.dataset.category]);
function paintDraft() {
  let open = null;
  for (const card of element.querySelectorAll('[data-object]')) {
    const form = card.querySelector('form');
    const drafted = draft && draft.id === card.dataset.object && draft.was === stored(card);
    form.hidden = !drafted;
    card.querySelector('.pv-named').hidden = drafted;
    if (!drafted) continue;
    open = form;
    form.elements.name.value = draft.name;
    form.elements.category.value = draft.category;
  }
  if (!open) draft = null;
  else if (document.activeElement === document.body) open.elements.name.focus();
}
function endDraft(card) {
  draft = null;
  paintDraft();
  card.querySelector('[data-act=rename]').focus();
}
element.addEventListener('click', event => {
  const button = event.target.closest('button[data-act]');
  const card = event.target.closest('[data-object]');
  if (!button || !card) return;
  const id = card.dataset.object;
  switch (button.dataset.act) {
    case 'merge': return trigger('open_merge', {id});
    case 'keep-name': return endDraft(card);
    case 'rename':
      draft = {id, was: stored(card), name: card.dataset.name, category: card.dataset.category};
      paintDraft();
      return card.querySelector('form').elements.name.select();
  }
});
element.addEventListener('input', event => {
  if (draft && event.target.form) draft[event.target.name] = event.target.value;
});
element.addEventListener('keydown', event => {
  if (event.key === 'Escape' && event.target.form) endDraft(event.target.closest('[data-object]'));
});
element.addEventListener('submit', event => {
  event.preventDefault();
  const {id, was, name, category} = draft;
  if (was === JSON.stringify([name, category])) return endDraft(event.target.closest('li'));
  trigger('rename_object', {id, name, category});
});
watch('value', paintDraft);
"""

NAMING_HTML = """
<dialog class="pv-dialog pv-form pv-naming" aria-labelledby="pv-naming-title">
  <form method="dialog" autocomplete="off">
    <h3 id="pv-naming-title">Name something in this picture</h3>
    <p class="pv-note" id="pv-naming-how">Drag across the picture to draw a box around it, or leave
      the box out to name all of the picture. With the keyboard: arrow keys move the box, Shift and
      arrow keys change its size.</p>
    <div class="pv-stage"><img alt="The picture" draggable="false">
      <div class="pv-frame" tabindex="0" role="group" aria-label="The box"
           aria-describedby="pv-naming-how pv-naming-taken"><i data-corner="nw"></i>
        <i data-corner="ne"></i><i data-corner="sw"></i><i data-corner="se"></i></div></div>
    <div class="pv-fields">
      <div class="pv-taken"><span><canvas aria-hidden="true"></canvas></span>
        <p id="pv-naming-taken" role="status"></p>
        <button type="button" data-whole>Whole picture</button></div>
      <div class="pv-words">
        <label>Name <input name="name" maxlength="80" required placeholder="such as Biscuit"
                           list="pv-naming-known"></label>
        <label>What it is, if you like
          <input name="category" maxlength="80" placeholder="such as dog"></label>
        <label>A note, if you like
          <input name="note" maxlength="500" placeholder="such as: adopted in March"></label>
      </div>
    </div>
    <datalist id="pv-naming-known"></datalist>
    <p class="pv-problem" role="alert"></p>
    <div class="pv-row"><p class="pv-same" role="status" hidden>Named before: this is another view
      of it.</p><button type="button" data-close>Cancel</button>
      <button type="submit" class="pv-primary">Save</button></div>
  </form>
</dialog>
"""

# The box is in pixels of the stored picture, however large that is shown. Any button of the page
# with the class opens the dialog: those in the chat too, whose messages have no script.
NAMING_JS = """
const dialog = element.querySelector('dialog');
const form = dialog.querySelector('form');
const stage = dialog.querySelector('.pv-stage');
const frame = stage.querySelector('.pv-frame');
const image = stage.querySelector('img');
const canvas = dialog.querySelector('canvas');
const {name, category, note} = form.elements;
const LEAST = 8, PREVIEW = 132;
const within = (value, low, high) => Math.min(Math.max(value, low), high);
let shown = null, box = null, drag = null, asked = 0;

function place(left, top, right, bottom) {
  box = [left, top, right, bottom].map(Math.round);
  const [l, t, r, b] = box, {width, height} = shown;
  Object.assign(frame.style, {left: `${100 * l / width}%`, top: `${100 * t / height}%`,
    width: `${100 * (r - l) / width}%`, height: `${100 * (b - t) / height}%`});
  const all = r - l === width && b - t === height;
  frame.classList.toggle('pv-all', all);
  dialog.querySelector('[data-whole]').disabled = all;
  dialog.querySelector('#pv-naming-taken').textContent =
    `${all ? 'The whole picture' : 'This part'}:\\n${r - l} × ${b - t} pixels`;
  const size = Math.min(PREVIEW / (r - l), PREVIEW / (b - t)), scale = image.naturalWidth / width;
  canvas.width = Math.max(1, (r - l) * size);
  canvas.height = Math.max(1, (b - t) * size);
  if (scale) canvas.getContext('2d').drawImage(image, l * scale, t * scale, (r - l) * scale,
    (b - t) * scale, 0, 0, canvas.width, canvas.height);
}
const placeAll = () => place(0, 0, shown.width, shown.height);
function move(from, dx, dy) {
  const [l, t, r, b] = from;
  const x = within(dx, -l, shown.width - r), y = within(dy, -t, shown.height - b);
  place(l + x, t + y, r + x, b + y);
}
function stretch(from, corner, dx, dy) {
  let [l, t, r, b] = from;
  if (corner.includes('w')) l = within(l + dx, 0, r - LEAST);
  if (corner.includes('e')) r = within(r + dx, l + LEAST, shown.width);
  if (corner.includes('n')) t = within(t + dy, 0, b - LEAST);
  if (corner.includes('s')) b = within(b + dy, t + LEAST, shown.height);
  place(l, t, r, b);
}
function point(event) {
  const area = stage.getBoundingClientRect();
  return [within((event.clientX - area.left) / area.width, 0, 1) * shown.width,
          within((event.clientY - area.top) / area.height, 0, 1) * shown.height];
}
stage.addEventListener('pointerdown', event => {
  if (event.button || drag) return;
  event.preventDefault();
  frame.focus({preventScroll: true});
  stage.setPointerCapture(event.pointerId);
  const inside = event.target === frame && !frame.classList.contains('pv-all');
  drag = {start: point(event), from: box,
          how: event.target.dataset.corner || (inside ? 'move' : 'draw')};
});
stage.addEventListener('pointermove', event => {
  if (!drag) return;
  const {start: [x0, y0], from, how} = drag, [x, y] = point(event);
  if (how === 'move') move(from, x - x0, y - y0);
  else if (how !== 'draw') stretch(from, how, x - x0, y - y0);
  else place(Math.min(x0, x), Math.min(y0, y), Math.max(x0, x), Math.max(y0, y));
});
function drop() {
  if (drag && Math.min(box[2] - box[0], box[3] - box[1]) < LEAST) place(...drag.from);
  drag = null;
}
stage.addEventListener('pointerup', drop);
stage.addEventListener('pointercancel', drop);
frame.addEventListener('keydown', event => {
  const way = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
  if (!way[event.key]) return;
  event.preventDefault();
  const [dx, dy] = way[event.key];
  const x = dx * Math.max(1, shown.width / 40), y = dy * Math.max(1, shown.height / 40);
  if (event.shiftKey) stretch(box, 'se', x, y); else move(box, x, y);
});

function recall() {
  const same = (one, other) => one.trim().toLowerCase() === other.toLowerCase();
  const called = shown.known.filter(one => same(name.value, one[0]));
  if (called.length && !category.value) category.value = called[0][1];
  const another = called.some(one => same(category.value, one[1]));
  dialog.querySelector('.pv-same').hidden = !another;
}
name.addEventListener('input', recall);
category.addEventListener('change', recall);
image.addEventListener('load', () => { if (shown) place(...box); });
dialog.querySelector('[data-whole]').addEventListener('click', placeAll);
dialog.querySelector('[data-close]').addEventListener('click', () => dialog.close());
dialog.addEventListener('close', () => {
  shown = drag = null;
  image.removeAttribute('src');
  props.value = null;
});
form.addEventListener('submit', event => {
  event.preventDefault();
  if (Date.now() - asked < 2000) return;  // a double click: one view is meant
  asked = Date.now();
  trigger('save_object', {picture: shown.picture, box, name: name.value, category: category.value,
                          note: note.value});
});
document.addEventListener('click', event => {
  const button = event.target.closest('button.pv-name-it');
  if (button) trigger('open_picture', {picture: button.value});
});
watch('value', () => {
  asked = 0;
  if (!props.value) { if (dialog.open) dialog.close(); return; }
  dialog.querySelector('.pv-problem').textContent = props.value.problem || '';
  if (!props.value.address) return;  // only a problem was told: keep what was typed and drawn
  shown = JSON.parse(JSON.stringify(props.value));
  form.reset();
  stage.style.setProperty('--ratio', shown.width / shown.height);
  image.src = shown.address;
  placeAll();
  recall();
  dialog.querySelector('datalist').replaceChildren(
    ...shown.known.map(([one]) => Object.assign(document.createElement('option'), {value: one})));
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  frame.focus({preventScroll: true});
});
"""

MERGE_HTML = """
<dialog class="pv-dialog pv-form pv-merge" aria-labelledby="pv-merge-title">
  <form method="dialog">
    <h3 id="pv-merge-title">Which one is the same?</h3>
    <p class="pv-note" data-explained></p>
    <div data-choices role="radiogroup" aria-labelledby="pv-merge-title"></div>
    <p class="pv-problem" role="alert"></p>
    <div class="pv-row"><button type="button" data-close>Cancel</button>
      <button type="submit" class="pv-primary">Merge</button></div>
  </form>
</dialog>
"""

MERGE_JS = """
const dialog = element.querySelector('dialog');
const form = dialog.querySelector('form');
const choices = dialog.querySelector('[data-choices]');
let kept = null;
form.addEventListener('submit', event => {
  event.preventDefault();
  trigger('merge_objects', {kept, other: form.elements.other.value});
});
dialog.querySelector('[data-close]').addEventListener('click', () => dialog.close());
dialog.addEventListener('close', () => { choices.textContent = ''; props.value = null; });
watch('value', () => {
  if (!props.value) { if (dialog.open) dialog.close(); return; }
  dialog.querySelector('.pv-problem').textContent = props.value.problem || '';
  if (!props.value.choices) return;  // only a problem was told: keep the choice
  kept = props.value.id;
  dialog.querySelector('[data-explained]').textContent =
    `Its views become views of “${props.value.name}”, and its own name goes.`;
  choices.innerHTML = props.value.choices;
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
});
"""
