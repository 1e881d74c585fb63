//! A file that the page makes.

use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// A button that gives the reader a CSV file.
#[component]
pub fn DownloadButton(
    /// The name of the file.
    #[prop(into)]
    name: String,
    /// What it says, asked when it is pressed.
    text: Box<dyn Fn() -> String>,
) -> impl IntoView {
    let press = move |_| {
        if let Err(error) = save(&name, &text()) {
            web_sys::console::error_1(&error);
        }
    };
    view! { <button type="button" class="quiet small" on:click=press>"Download CSV"</button> }
}

/// Has the browser save a text, with a mark by which spreadsheets know that it is UTF-8.
pub(super) fn save(name: &str, text: &str) -> Result<(), JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type("text/csv;charset=utf-8");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of2(&"\u{feff}".into(), &text.into()), &kind)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&address)
}
