"""How the page looks: one theme, one sheet, and system fonts: nothing is loaded from outside."""

from __future__ import annotations

from gradio.themes import Base, Color

_INK = Color(
    "#f7f7f5", "#efefec", "#e2e2dd", "#cccbc4", "#a09f97", "#76756d", "#5b5a53", "#44433d",
    "#2d2c28", "#1f1e1b", "#161513", name="ink",
)  # fmt: skip
_TEAL = Color(
    "#effaf8", "#d5f2ec", "#aee4da", "#7dd0c3", "#48b3a5", "#2c968a", "#1d7a70", "#1a625b",
    "#194f4a", "#18423e", "#082725", name="teal",
)  # fmt: skip
_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

THEME = Base(
    primary_hue=_TEAL, neutral_hue=_INK, font=_SANS, font_mono=_MONO, radius_size="md"
).set(
    body_background_fill="*neutral_50",
    body_background_fill_dark="*neutral_950",
    block_background_fill="white",
    block_background_fill_dark="*neutral_900",
    block_border_width="1px",
    block_border_color="*neutral_200",
    block_border_color_dark="*neutral_800",
    block_shadow="none",
    block_label_background_fill="transparent",
    block_label_background_fill_dark="transparent",
    block_label_border_width="0px",
    button_primary_background_fill="*primary_600",
    button_primary_background_fill_hover="*primary_700",
    button_primary_background_fill_dark="*primary_600",
    button_primary_background_fill_hover_dark="*primary_500",
    button_primary_text_color="white",
    button_secondary_background_fill="transparent",
    button_secondary_background_fill_dark="transparent",
    button_secondary_background_fill_hover="*neutral_100",
    button_secondary_background_fill_hover_dark="*neutral_800",
    button_secondary_border_color="*neutral_300",
    button_secondary_border_color_dark="*neutral_700",
    button_border_width="1px",
    button_cancel_background_fill="#b3261e",
    button_cancel_background_fill_hover="#8f1d17",
    button_cancel_background_fill_dark="#b3261e",
    button_cancel_background_fill_hover_dark="#c8453d",
    button_cancel_text_color="white",
    button_cancel_text_color_dark="white",
    input_background_fill="white",
    input_background_fill_dark="*neutral_900",
    input_border_width="1px",
    input_border_color="*neutral_300",
    input_border_color_dark="*neutral_700",
    input_placeholder_color="*neutral_500",
    input_placeholder_color_dark="*neutral_400",
    body_text_color_subdued="*neutral_600",
    body_text_color_subdued_dark="*neutral_300",
)

# Pictures come from this page alone (see pictures.py): an address in a reply loads nothing.
HEAD = (
    '<meta http-equiv="Content-Security-Policy" content="img-src \'self\' data: blob:">'
    '<meta name="referrer" content="no-referrer">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
)

READY = "pv-ready"  # the body's class once the page listens

CSS = """
body:not(.pv-ready) .gradio-container button { pointer-events: none; opacity: 0.5; }
.gradio-container .main.app { max-width: 1480px; padding: 10px 20px 20px; }
.gradio-container { overflow: clip !important; }  /* hidden would stop the chat from sticking */
.gradio-container .column { gap: 10px; }
.gradio-container footer { margin-top: 8px; }
.gradio-container footer .divider { display: none; }
.gradio-container :focus-visible { outline: 2px solid var(--color-accent); outline-offset: 1px; }

#pv-header { align-items: flex-start; gap: 16px; }
#pv-brand, #pv-brand > div { padding: 0; }
#pv-clock > button, #pv-settings > button { text-align: left; }
#pv-brand h1 { margin: 0; font-size: 1.2rem; font-weight: 650; letter-spacing: -0.01em; }
#pv-brand p { margin: 1px 0 0; font-size: 0.8rem; line-height: 1.35;
  color: var(--body-text-color-subdued); }
#pv-main { gap: 16px; }
.pv-hint { font-size: 0.82rem; color: var(--body-text-color-subdued); }
.pv-buttons { gap: 8px; flex-wrap: wrap; align-items: center; }
.pv-buttons button { font-weight: 500; }
#pv-alert { padding: 10px 14px; border-radius: 8px; font-size: 0.9rem;
  color: var(--error-text-color); background: var(--error-background-fill);
  border: 1px solid var(--error-border-color); }
#pv-editing { align-items: center; padding: 4px 4px 4px 12px; border-radius: 8px;
  font-size: 0.85rem; background: var(--color-accent-soft); }
#pv-progress label { display: block; font-size: 0.85rem; }
#pv-progress progress { display: block; width: 100%; height: 8px; margin-top: 6px; border: 0;
  appearance: none; border-radius: 4px; overflow: hidden;
  background: var(--border-color-primary); }
#pv-progress progress::-webkit-progress-bar { background: var(--border-color-primary); }
#pv-progress progress::-webkit-progress-value { background: var(--color-accent); }
#pv-progress progress::-moz-progress-bar { background: var(--color-accent); }
.pv-spinner { display: inline-block; width: 10px; height: 10px; margin-right: 6px;
  border: 2px solid var(--color-accent); border-top-color: transparent; border-radius: 50%;
  animation: pv-turn 1s linear infinite; }
@keyframes pv-turn { to { transform: rotate(360deg); } }
@media (prefers-reduced-motion: reduce) { .pv-spinner { animation: none; } }

#pv-earlier { border: 0; font-size: 0.8rem; color: var(--body-text-color-subdued); }

/* The chat: the person's words in a bubble on the right, the reply as plain text. */
#pv-chat .top-panel { display: none; }  /* its bin would clear the view and leave the memory */
#pv-chat .message-wrap { padding-bottom: 12px; }
#pv-chat .bubble.message-row { width: auto; max-width: none; margin: 10px 18px 6px;
  align-self: stretch; }
#pv-chat .flex-wrap { width: 100%; }
#pv-chat .bot.message, #pv-chat .user.message { width: 100%; padding: 0; border: 0;
  background: none; box-shadow: none; }
#pv-chat .user.message > .message { width: fit-content; max-width: 85%; margin: 0 0 0 auto;
  padding: 8px 14px; border-radius: 16px 16px 4px 16px; background: var(--color-accent-soft); }
#pv-chat .user.message > .message:has(.pv-session) { width: 100%; max-width: none;
  padding: 6px 0 12px; background: none; text-align: center; }
#pv-chat .user.message > .message:has(.pv-session) * { text-align: center; }
#pv-chat .pv-session { display: flex; align-items: center; gap: 12px; font-size: 0.76rem;
  color: var(--body-text-color-subdued); }
#pv-chat .pv-session::before, #pv-chat .pv-session::after { content: ""; flex: 1; height: 1px;
  background: var(--border-color-primary); }
#pv-chat .bot.message > .message + .message { margin-top: 4px; }
#pv-chat .bot.message .prose > :last-child { margin-bottom: 0; }
#pv-chat .md:has(.pv-picture) { opacity: 1; }  /* Gradio would show pictures paler */
#pv-chat .prose { font-size: 0.95rem; line-height: 1.55; }

/* Folds: quiet lines that open. */
#pv-chat .thought-group { margin: 0; padding: 0; border: 0; background: none; }
#pv-chat .thought-group > .title { width: fit-content; max-width: 100%; padding: 2px 6px 2px 0;
  border-radius: 6px; color: var(--body-text-color-subdued); }
#pv-chat .thought-group > .title .md, #pv-chat .thought-group > .title .md p { margin: 0;
  font-size: 0.82rem !important; color: var(--body-text-color-subdued); }
#pv-chat .thought-group > .title:hover .md p { color: var(--body-text-color); }
#pv-chat .thought-group .arrow { width: 22px; height: 22px; flex: none; }
#pv-chat .thought-group .content, #pv-chat .thought-group .content-preview {
  margin: 2px 0 6px 10px; padding-left: 12px; border-left: 2px solid var(--border-color-primary); }
#pv-chat .thought-group .content *, #pv-chat .thought-group .content-preview * {
  font-size: 0.84rem; }
#pv-chat .thought-group .message-content { opacity: 1; }
#pv-chat .children { padding: 0; }
#pv-chat .children .thought-group { margin-top: 6px; padding: 6px 10px; border-radius: 8px;
  border: 1px solid var(--border-color-primary); background: var(--background-fill-secondary); }
#pv-chat .children .thought-group .content { margin: 0; padding: 0; border: 0; }

#pv-chat .pv-footer { font-size: 0.74rem; color: var(--body-text-color-subdued); }
#pv-chat .pv-ended { display: inline-block; padding: 4px 12px; border-radius: 8px;
  font-size: 0.86rem; color: var(--error-text-color); background: var(--error-background-fill);
  border: 1px solid var(--error-border-color); }
#pv-chat .content .pv-why { font-size: 0.76rem; color: var(--body-text-color-subdued); }
#pv-chat .content .pv-quote, #pv-chat .content .pv-quote * { font-size: 0.8rem;
  color: var(--body-text-color-subdued); }
#pv-chat .pv-quote { display: block; }
#pv-chat .pv-pictures { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 8px; }
#pv-chat .pv-picture { width: auto; max-width: 240px; height: auto; max-height: 240px; margin: 0;
  border-radius: 10px; }
#pv-chat .content .pv-picture { max-height: 120px; }

/* The empty chat. */
#pv-chat .pv-welcome { max-width: 34rem; padding: 0 20px; text-align: center; }
#pv-chat .pv-welcome h2 { margin: 0 0 8px; font-size: 1.5rem; font-weight: 650; }
#pv-chat .pv-welcome p { margin: 0; color: var(--body-text-color-subdued); }
#pv-chat .examples { grid-template-columns: repeat(3, 1fr); gap: 8px; width: 100%; padding: 18px; }
#pv-chat .example { padding: 10px 14px; border-radius: 10px; }
#pv-chat .example:first-child { grid-column: 1 / -1; border-color: transparent;
  background: var(--button-primary-background-fill); }
#pv-chat .example:first-child .example-text { font-weight: 600;
  color: var(--button-primary-text-color); }
#pv-chat .example:hover { transform: none; }
#pv-chat .example:first-child:hover { background: var(--button-primary-background-fill-hover); }
#pv-chat .example-text-content { margin: 0; }
#pv-chat .example-text { font-size: 0.9rem; }

#pv-personality, #pv-memory { padding: 12px 14px; border-radius: var(--block-radius);
  border: 1px solid var(--block-border-color); background: var(--block-background-fill); }
#pv-personality h2, #pv-memory h2 { font-size: 1rem !important; }

@media (min-width: 900px) {
  /* Everything is in sight at once: the panels scroll, the page hardly does. */
  #pv-personality, #pv-memory { flex-wrap: nowrap; overflow: hidden auto;
    scrollbar-width: thin; }
  :is(#pv-personality, #pv-memory) > * { flex-shrink: 0; }
  #pv-personality { max-height: 53dvh; }
  #pv-memory { max-height: calc(47dvh - 98px); min-height: 240px; }
  /* The clock and the settings open over the page instead of pushing it down. */
  #pv-header { position: relative; z-index: 30; min-height: 44px; }
  #pv-header > .column:not(:first-child) { height: 44px; overflow: visible; }
  #pv-clock, #pv-settings { flex: none; }
  #pv-clock:has(button.open) { width: max(100%, 400px); }
  #pv-settings:has(button.open) { width: 340px; margin-left: calc(100% - 340px); }
  :is(#pv-clock, #pv-settings):has(button.open) { box-shadow: 0 8px 24px rgb(0 0 0 / 12%); }
  #pv-main > .column:first-child { position: sticky; top: 10px; align-self: flex-start; }
}
@media (max-width: 640px) {
  .gradio-container .main.app { padding: 8px 10px 16px; }
  #pv-chat { height: 62dvh !important; }
  #pv-chat .bubble.message-row { margin: 8px 10px 4px; }
  #pv-chat .examples { grid-template-columns: 1fr; }
  .pv-buttons > * { flex: 1 1 auto; }
}
"""
