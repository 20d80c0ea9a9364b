"""What runs in the browser for the memory panel: the search form, the lists, and two dialogs.

Each is the template and script of a gr.HTML. The forms and dialogs have constant templates, which
Gradio never draws again, so that nothing typed is lost when memory changes meanwhile; their values
reach the page as properties, never as HTML (but for the source dialog, whose HTML is made inert in
`memory_cards`).
"""

from __future__ import annotations

FILTER_HTML = """
<form role="search" class="pv-filter pv-form">
  <label class="pv-wide">Search memories
    <input type="search" name="text" placeholder="Any words" maxlength="200"
           autocomplete="off"></label>
  <label>From <input type="date" name="from"></label>
  <label>To <input type="date" name="to"></label>
</form>
"""

# `props.value` is what the server sees; setting it fires the component's change event.
FILTER_JS = """
const form = element.querySelector('form');
const names = ['text', 'from', 'to'];
let waiting = 0;
function send() {
  const fields = {};
  for (const name of names) fields[name] = form.elements[name].value;
  props.value = fields;
}
form.addEventListener('submit', event => { event.preventDefault(); send(); });
form.addEventListener('input', event => {
  clearTimeout(waiting);
  waiting = setTimeout(send, event.target.name === 'text' ? 250 : 0);
});
watch('value', () => {
  for (const name of names) form.elements[name].value = (props.value || {})[name] || '';
});
"""

LIST_JS = """
const selected = new Set();
const boxes = () => [...element.querySelectorAll('.pv-card input[type=checkbox]')];
function paint() {
  const all = element.querySelector('[data-all]');
  const button = element.querySelector('[data-act=remove-selected]');
  for (const box of boxes()) box.checked = selected.has(box.value);
  if (!button) return;
  all.checked = boxes().every(box => box.checked);
  button.disabled = selected.size === 0;
  button.textContent = selected.size ? `Delete ${selected.size} selected` : 'Delete selected';
}
element.addEventListener('change', event => {
  const box = event.target;
  if (box.type !== 'checkbox') return;
  const touched = box.hasAttribute('data-all') ? boxes() : [box];
  for (const one of touched) box.checked ? selected.add(one.value) : selected.delete(one.value);
  paint();
});
element.addEventListener('click', event => {
  const button = event.target.closest('button[data-act]');
  if (!button) return;
  const ids = (button.dataset.ids || '').split(' ');
  switch (button.dataset.act) {
    case 'source': return trigger('show_source', {id: ids[0]});
    case 'edit': return trigger('open_editor', {id: ids[0]});
    case 'remove': return trigger('remove_memories', {ids});
    case 'remove-selected':
      return trigger('remove_memories', {ids: [...selected].flatMap(value => value.split(' '))});
    case 'page':
      element.querySelector('.pv-cards').scrollTop = 0;
      if (element.getBoundingClientRect().top < 0) element.scrollIntoView({block: 'start'});
      return trigger('turn_page', {number: Number(button.dataset.page)});
  }
});
watch('value', () => {
  const there = new Set(boxes().map(box => box.value));
  for (const value of [...selected]) if (!there.has(value)) selected.delete(value);
  for (const fold of element.querySelectorAll('details')) fold.open = false;
  paint();
});
"""

EDITOR_HTML = """
<dialog class="pv-dialog pv-form" aria-labelledby="pv-editor-title">
  <form method="dialog">
    <h3 id="pv-editor-title">Edit this memory</h3>
    <p class="pv-note" data-key></p>
    <label>Memory <textarea name="text" rows="5" required></textarea></label>
    <label data-keywords>Keywords, separated by commas <input name="keywords"></label>
    <p class="pv-problem" role="alert"></p>
    <div class="pv-row"><button type="button" data-close>Cancel</button>
      <button type="submit" class="pv-primary">Save</button></div>
  </form>
</dialog>
"""

# A null value closes the dialog. Escape and Cancel leave the memory as it is.
EDITOR_JS = """
const dialog = element.querySelector('dialog');
const form = dialog.querySelector('form');
const problem = dialog.querySelector('.pv-problem');
let shown = null;
form.addEventListener('submit', event => {
  event.preventDefault();
  trigger('save_memory', {id: shown.id, text: form.elements.text.value,
                   keywords: shown.keywords === null ? null : form.elements.keywords.value});
});
dialog.querySelector('[data-close]').addEventListener('click', () => dialog.close());
dialog.addEventListener('close', () => { shown = null; props.value = null; });
watch('value', () => {
  if (!props.value) { if (dialog.open) dialog.close(); return; }
  problem.textContent = props.value.problem || '';
  if (shown && shown.id === props.value.id) return;  // keep what was typed
  shown = JSON.parse(JSON.stringify(props.value));
  form.elements.text.value = shown.text;
  form.elements.keywords.value = shown.keywords || '';
  dialog.querySelector('[data-keywords]').hidden = shown.keywords === null;
  dialog.querySelector('[data-key]').textContent = shown.key;
  dialog.querySelector('[data-key]').hidden = !shown.key;
  if (!dialog.open) dialog.showModal();
  form.elements.text.focus();
});
"""

SOURCE_HTML = """
<dialog class="pv-dialog pv-form" aria-labelledby="pv-source-title">
  <div class="pv-row"><h3 id="pv-source-title">Where this comes from</h3>
    <button type="button" data-close>Close</button></div>
  <div data-body></div>
</dialog>
"""

SOURCE_JS = """
const dialog = element.querySelector('dialog');
dialog.querySelector('[data-close]').addEventListener('click', () => dialog.close());
dialog.addEventListener('click', event => {
  if (event.target === dialog) dialog.close();
  const button = event.target.closest('button[data-act=remove]');
  if (button) trigger('remove_view', {id: button.dataset.ids});
});
dialog.addEventListener('close', () => {
  dialog.querySelector('[data-body]').textContent = '';
  props.value = null;
});
watch('value', () => {
  if (!props.value) { if (dialog.open) dialog.close(); return; }
  dialog.querySelector('[data-body]').innerHTML = props.value;
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
});
"""
