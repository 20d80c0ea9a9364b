"""The look of objects in the memory panel, and of the dialog that names something in a picture."""

from __future__ import annotations

STYLE = """
.gradio-container {
  .pv-grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(190px, 1fr)); }
  .pv-object { flex-direction: column; gap: 8px; padding: 8px; }
  .pv-crop { position: relative; flex: none; aspect-ratio: 4 / 3; overflow: hidden;
    border-radius: 6px; background: var(--background-fill-secondary); }
  .pv-crop img { width: 100%; height: 100%; margin: 0; object-fit: contain; }
  .pv-crop em { display: block; padding: 30px 10px 0; text-align: center; }
  .pv-list .pv-crop input[type=checkbox] { position: absolute; top: 6px; left: 6px; margin: 0; }
  .pv-object .pv-body { display: flex; flex-direction: column; gap: 2px; width: 100%; }
  .pv-named { overflow-wrap: anywhere; line-height: 1.4; color: var(--body-text-color); }
  .pv-named[hidden], .pv-rename[hidden] { display: none; }
  .pv-kind { color: var(--body-text-color-subdued); }
  .pv-remark { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3;
    overflow: hidden; font-size: var(--text-sm); }
  .pv-object .pv-acts { flex-wrap: wrap; margin: auto 0 0; padding-top: 6px; }
  .pv-rename { display: flex; flex-direction: column; gap: 6px; }
  .pv-rename label { display: flex; flex-direction: column; gap: 2px;
    font-size: var(--text-xs); color: var(--body-text-color-subdued); }
  .pv-rename input { width: 100%; min-width: 0; padding: 4px 8px; font: inherit;
    font-size: var(--text-sm); color: var(--body-text-color);
    background: var(--input-background-fill);
    border: 1px solid var(--input-border-color); border-radius: var(--input-radius); }
  .pv-object:has(form:not([hidden])) .pv-acts { display: none; }
  .pv-rename .pv-row { justify-content: flex-end; gap: 6px; margin: 0; }
  .pv-list button.pv-primary {
    color: var(--button-primary-text-color); background: var(--button-primary-background-fill);
    border-color: transparent; }
  @media (max-width: 640px) {
    .pv-object { flex-direction: row; align-items: flex-start; }
    .pv-crop { width: 112px; aspect-ratio: 1; }
  }

  .pv-list .pv-seen button { margin-left: 6px; padding: 0; font-size: inherit; border: 0;
    text-decoration: underline; text-underline-offset: 2px; color: inherit; }
  .pv-sight { margin: 10px 0 0; overflow-wrap: anywhere; }

  .pv-shot { display: inline-flex; flex-direction: column; align-items: flex-start; gap: 4px; }
  :is(.pv-shot, .pv-sides) .pv-name-it { padding: 2px 8px; font: inherit;
    font-size: var(--text-xs); line-height: 18px; cursor: pointer; background: none;
    color: var(--body-text-color-subdued); border-radius: 6px;
    border: 1px solid color-mix(in srgb, currentColor 40%, transparent); }
  :is(.pv-shot, .pv-sides) .pv-name-it:hover { color: var(--body-text-color);
    background: var(--button-secondary-background-fill-hover); }
  .pv-list .pv-thumbs .pv-name-it { flex: none; padding: 0; line-height: 0; border: 0; }
  .pv-sides { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 10px; margin: 8px 0; }
  .pv-sides figure { display: flex; flex-direction: column; align-items: flex-start; gap: 4px;
    margin: 0; max-width: calc(50% - 5px); }
  .pv-sides img { display: block; max-width: 100%; max-height: 180px; margin: 0;
    border-radius: 6px; }
  .pv-boxed { position: relative; display: block; overflow: hidden; border-radius: 6px; }
  .pv-boxed i { position: absolute; border: 2px solid var(--color-accent); border-radius: 3px;
    box-shadow: 0 0 0 999px rgb(0 0 0 / 35%); }

  .pv-dialog.pv-naming { width: min(720px, calc(100vw - 24px)); }
  .pv-stage { --ratio: 1; position: relative; align-self: center; overflow: hidden;
    width: min(100%, calc(40dvh * var(--ratio))); aspect-ratio: var(--ratio);
    touch-action: none; user-select: none; cursor: crosshair; border-radius: 6px;
    background: var(--background-fill-secondary); }
  .pv-stage img { display: block; width: 100%; height: 100%; margin: 0; pointer-events: none; }
  .pv-frame { position: absolute; cursor: move; border: 2px solid white; border-radius: 3px;
    box-shadow: 0 0 0 9999px rgb(0 0 0 / 45%), inset 0 0 0 1px rgb(0 0 0 / 50%); }
  .pv-frame.pv-all { cursor: crosshair; border-style: dashed; }
  .pv-dialog .pv-frame:focus-visible { outline: 2px solid var(--color-accent);
    outline-offset: -4px; }
  .pv-frame i { position: absolute; width: 28px; height: 28px; }
  .pv-frame i::after { content: ""; position: absolute; inset: 8px; background: white;
    border: 1px solid rgb(0 0 0 / 55%); border-radius: 50%; }
  .pv-frame [data-corner^=n] { top: -15px; }
  .pv-frame [data-corner^=s] { bottom: -15px; }
  .pv-frame [data-corner$=w] { left: -15px; }
  .pv-frame [data-corner$=e] { right: -15px; }
  .pv-frame :is([data-corner=nw], [data-corner=se]) { cursor: nwse-resize; }
  .pv-frame :is([data-corner=ne], [data-corner=sw]) { cursor: nesw-resize; }
  .pv-frame.pv-all i { display: none; }
  .pv-fields { display: grid; grid-template-columns: 148px 1fr; gap: 16px; }
  .pv-taken { display: flex; flex-direction: column; align-items: center; gap: 6px; }
  .pv-taken > span { display: grid; place-items: center; width: 148px; height: 148px;
    border: 1px solid var(--border-color-primary); border-radius: 6px;
    background: var(--background-fill-secondary); }
  .pv-taken canvas { display: block; }
  .pv-taken p { font-size: var(--text-xs); text-align: center; white-space: pre; line-height: 1.4;
    color: var(--body-text-color-subdued); }
  .pv-naming .pv-same { flex: 1; font-size: var(--text-sm); color: var(--body-text-color-subdued); }
  .pv-words { display: flex; flex-direction: column; gap: 10px; min-width: 0; }
  @media (max-width: 480px) {
    .pv-dialog { padding: 14px; }
    .pv-stage { width: min(100%, calc(34dvh * var(--ratio))); }
    .pv-fields { grid-template-columns: 1fr; gap: 12px; }
    .pv-taken { display: grid; grid-template-columns: auto 1fr; justify-items: start;
      gap: 4px 12px; }
    .pv-taken > span { grid-row: span 2; width: 96px; height: 96px; }
    .pv-taken canvas { max-width: 84px; max-height: 84px; }
    .pv-taken p { align-self: end; text-align: left; }
  }

  .pv-choices { display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr));
    gap: 8px; max-height: 50dvh; overflow-y: auto; }
  .pv-dialog .pv-choice { flex-direction: row; align-items: center; gap: 10px; padding: 8px;
    cursor: pointer; border: 1px solid var(--border-color-primary); border-radius: 8px; }
  .pv-choice:has(:checked) { border-color: var(--color-accent);
    background: var(--color-accent-soft); }
  .pv-form .pv-choice input { flex: none; appearance: auto; width: 16px; min-height: 16px;
    margin: 0; accent-color: var(--color-accent); }
  .pv-choice img { width: 48px; height: 48px; margin: 0; object-fit: cover; border-radius: 6px; }
  .pv-choice > span { min-width: 0; overflow-wrap: anywhere; color: var(--body-text-color); }
  .pv-choice .pv-when { display: block; }
}
"""
