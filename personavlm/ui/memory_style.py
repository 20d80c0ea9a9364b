"""The look of the memory panel. Colours are the theme's own, so that light and dark follow."""

# Nested, so that each rule outweighs Gradio's own reset of lists, paragraphs and form fields.
STYLE = """
.gradio-container {
  .pv-off-stage { position: absolute !important; height: 0; overflow: visible; border: 0; }
  .pv-flush, .pv-flush .html-container { padding: 0 !important; }
  .pv-list { scroll-margin-top: 72px; }
  .pv-kinds [role=tab] { padding: 6px 9px !important; font-size: var(--text-sm); }
  @media (max-width: 480px) { .pv-kinds [role=tab] { padding: 6px !important; } }
  .pv-kinds > .tab-wrapper { margin-bottom: 8px !important; padding-bottom: 0 !important; }
  .pv-kinds .tabitem { padding: 0 !important; border: 0 !important; }
  .pv-filter { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; }
  @media (min-width: 640px) {
    .pv-filter { grid-template-columns: minmax(0, 1fr) 142px 142px; }
    .pv-filter .pv-wide { grid-column: auto !important; }
  }
  .pv-filter .pv-wide { grid-column: 1 / -1; }
  .pv-filter label, .pv-dialog label {
    display: flex; flex-direction: column; gap: 4px; min-width: 0;
    font-size: var(--text-sm); color: var(--body-text-color-subdued); }
  .pv-form input, .pv-form textarea {
    width: 100%; min-width: 0; min-height: 38px; padding: 7px 10px; font: inherit;
    font-size: var(--text-md); color: var(--body-text-color);
    background: var(--input-background-fill);
    border: 1px solid var(--input-border-color); border-radius: var(--input-radius); }
  .pv-form input::placeholder { color: var(--body-text-color-subdued); opacity: 1; }

  .pv-list button, .pv-dialog button {
    padding: 5px 10px; font: inherit; font-size: var(--text-sm); cursor: pointer;
    color: var(--button-secondary-text-color); background: var(--button-secondary-background-fill);
    border: 1px solid var(--border-color-primary); border-radius: 6px; }
  .pv-list button:hover:enabled, .pv-dialog button:hover:enabled {
    background: var(--button-secondary-background-fill-hover); }
  :is(.pv-list, .pv-dialog) button:disabled { cursor: default; opacity: .55; }
  .pv-dialog button.pv-primary {
    color: var(--button-primary-text-color); background: var(--button-primary-background-fill);
    border-color: transparent; }
  .pv-list :focus-visible, .pv-dialog :focus-visible, .pv-filter :focus-visible {
    outline: 2px solid var(--color-accent); outline-offset: 1px; }

  .pv-note { margin: 0 0 10px; font-size: var(--text-sm); color: var(--body-text-color-subdued); }
  .pv-empty {
    margin: 0; padding: 20px 12px; text-align: center; color: var(--body-text-color-subdued);
    border: 1px dashed var(--border-color-primary); border-radius: var(--block-radius); }
  .pv-tools, .pv-pager, .pv-row {
    display: flex; align-items: center; justify-content: space-between; gap: 10px;
    flex-wrap: wrap; margin-bottom: 8px; font-size: var(--text-sm); }
  .pv-tools label { display: flex; align-items: center; gap: 10px; padding-left: 11px; }
  .pv-found { margin-left: auto; color: var(--body-text-color-subdued); }
  .pv-pager { justify-content: center; margin: 12px 0 0; }

  .pv-cards { display: flex; flex-direction: column; gap: 8px; margin: 0; padding: 0;
    list-style: none; }
  @media (min-width: 700px) { .pv-cards { max-height: 70vh; overflow-y: auto; } }
  .pv-card { display: flex; gap: 10px; padding: 10px; background: var(--block-background-fill);
    border: 1px solid var(--border-color-primary); border-radius: var(--block-radius); }
  .pv-list input[type=checkbox] { flex: none; appearance: auto; width: 16px; height: 16px;
    margin: 4px 0; accent-color: var(--color-accent); }
  .pv-body { flex: 1; min-width: 0; }
  .pv-top { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between;
    gap: 4px 10px; margin-bottom: 2px; }
  .pv-when { font-size: var(--text-xs); line-height: 20px; color: var(--body-text-color-subdued); }
  .pv-mark { font-style: italic; }
  .pv-text { overflow-wrap: anywhere; line-height: 1.5; color: var(--body-text-color); }
  .pv-past { color: var(--body-text-color-subdued); }
  .pv-keywords { display: flex; flex-wrap: wrap; gap: 4px; margin: 6px 0 0; padding: 0;
    list-style: none; font-size: var(--text-xs); color: var(--body-text-color-subdued); }
  .pv-keywords li { padding: 1px 8px; border: 1px solid var(--border-color-primary);
    border-radius: 999px; overflow-wrap: anywhere; }
  .pv-thumbs { display: flex; align-items: center; gap: 6px; margin-top: 8px; }
  .pv-thumbs img { width: 48px; height: 48px; margin: 0; object-fit: cover; border-radius: 6px; }
  .pv-acts { display: flex; gap: 4px; margin-left: auto; }
  .pv-list .pv-acts button, .pv-earlier button { padding: 2px 8px; font-size: var(--text-xs);
    line-height: 18px; }
  .pv-earlier { margin-top: 6px; font-size: var(--text-sm); }
  .pv-earlier summary { cursor: pointer; color: var(--body-text-color-subdued); }
  .pv-earlier ol { margin: 6px 0 0; padding: 0 0 0 10px; list-style: none;
    border-left: 2px solid var(--border-color-primary); }
  .pv-earlier li { margin-bottom: 8px; }

  .pv-dialog { width: min(620px, calc(100vw - 24px)); max-height: calc(100dvh - 32px); margin: auto;
    padding: 18px; overflow: auto; color: var(--body-text-color); font-family: var(--font);
    background: var(--background-fill-primary); border: 1px solid var(--border-color-primary);
    border-radius: var(--block-radius); }
  .pv-dialog::backdrop { background: rgb(0 0 0 / 50%); }
  .pv-dialog h3 { margin: 0; font-size: var(--text-lg); font-weight: 600; }
  .pv-dialog h4 { margin: 8px 0 2px; font-size: var(--text-sm); font-weight: 600; }
  .pv-dialog form { display: flex; flex-direction: column; gap: 12px; }
  .pv-dialog textarea { resize: vertical; line-height: 1.5; }
  .pv-dialog label[hidden], .pv-dialog p[hidden] { display: none; }
  .pv-dialog form .pv-row { justify-content: flex-end; margin: 0; }
  .pv-dialog form p { margin: 0; }
  .pv-dialog blockquote { margin: 8px 0 12px; padding: 2px 0 2px 12px;
    border-left: 3px solid var(--color-accent); }
  .pv-problem:not(:empty) { padding: 8px 12px; color: var(--error-text-color);
    background: var(--error-background-fill); border: 1px solid var(--error-border-color);
    border-radius: var(--block-radius); }
  .pv-exchange { margin-top: 8px; padding: 10px 12px; border: 1px solid var(--border-color-primary);
    border-radius: var(--block-radius); }
  .pv-exchange > button { display: block; margin-top: 10px; padding: 2px 8px;
    font-size: var(--text-xs); }
  .pv-sent { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px; }
  .pv-sent img { max-width: min(100%, 256px); margin: 0; border-radius: 8px; }
}
.dark .pv-form, .dark .pv-list { color-scheme: dark; }
"""
