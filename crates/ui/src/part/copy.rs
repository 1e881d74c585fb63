//! A button that copies a text, with and without the asynchronous clipboard.

use js_sys::Reflect;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlDocument, HtmlElement, HtmlTextAreaElement, MouseEvent};

use crate::state::Ctx;

/// Milliseconds for which the button says that it did.
const SHOWN: u64 = 2_000;

/// A button that copies a text and says so.
#[component]
pub fn CopyButton(
    /// What to copy.
    #[prop(into)]
    text: String,
    /// What it is, for a name that tells the buttons of a table apart.
    #[prop(into)]
    what: String,
) -> impl IntoView {
    let ctx = Ctx::get();
    let done = RwSignal::new(None::<bool>);
    let press = move |event: MouseEvent| {
        let text = text.clone();
        let button = event.current_target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
        spawn_local(async move {
            let copied = copy(&text, button).await;
            done.try_set(Some(copied));
            ctx.say.try_set(if copied { "Copied" } else { "Copying failed: select the link and copy it yourself" });
            set_timeout(
                move || {
                    done.try_set(None);
                    ctx.say.try_set("");
                },
                core::time::Duration::from_millis(SHOWN),
            );
        });
    };
    view! {
        <button type="button" class="copy" class:done=move || done.get() == Some(true) on:click=press>
            {move || match done.get() {
                None => "Copy",
                Some(true) => "Copied",
                Some(false) => "Failed",
            }}
            <span class="unseen">" " {what}</span>
        </button>
    }
}

/// Copies a text; says whether that worked.
async fn copy(text: &str, button: Option<HtmlElement>) -> bool {
    let Some(window) = web_sys::window() else { return false };
    let navigator = window.navigator();
    // Absent where the page is not served securely.
    let clipboard = Reflect::get(&navigator, &JsValue::from_str("clipboard")).ok().filter(JsValue::is_object);
    if clipboard.is_some() && JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok() {
        return true;
    }
    button.is_some_and(|button| copy_by_selection(text, &button).unwrap_or(false))
}

/// The older way: select a text in the page, and press the browser's own "copy".
fn copy_by_selection(text: &str, button: &HtmlElement) -> Result<bool, JsValue> {
    let document = document();
    let area: HtmlTextAreaElement = document.create_element("textarea")?.unchecked_into();
    area.set_value(text);
    area.set_class_name("unseen");
    area.set_read_only(true);
    // Beside the button: inside an open dialog everything outside of it is inert, and a selection there copies nothing;
    // and beside a shadow root there is a page that is not ours.
    button.parent_element().ok_or(JsValue::NULL)?.append_child(&area)?;
    area.select();
    let copied = document.unchecked_ref::<HtmlDocument>().exec_command("copy");
    area.remove();
    button.focus()?;
    copied
}
