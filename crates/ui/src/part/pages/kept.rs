//! What was typed and is not saved, kept by this tab: over a reload, and while its writer looks at other places.

use leptos::prelude::window;
use wasm_bindgen::JsValue;
use web_sys::Storage;
use wire::page::Content;

use crate::json::{Json, object};

fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

fn key(id: &str) -> String {
    format!("tributary.page.{id}")
}

/// Keeps it, with the `updatedAt` of the draft that it was made from. A browser that keeps nothing loses it with the tab.
pub fn keep(id: &str, updated_at: &str, content: &Content) {
    let content = JsValue::from(Json::of_typed(content).written());
    let text = Json::of(object(&[("updatedAt", updated_at.into()), ("content", content)])).written();
    let _ = storage().map(|storage| storage.set_item(&key(id), &text));
}

/// What is kept of a page, with the `updatedAt` of its draft.
pub fn found(id: &str) -> Option<(String, Content)> {
    let text = storage()?.get_item(&key(id)).ok().flatten()?;
    let said = Json::read(&text)?;
    Some((said.text("updatedAt"), Json::read(&said.text("content"))?.typed()?))
}

/// Whether anything is.
pub fn is_kept(id: &str) -> bool {
    storage().is_some_and(|storage| matches!(storage.get_item(&key(id)), Ok(Some(_))))
}

/// Keeps nothing any more.
pub fn forget(id: &str) {
    let _ = storage().map(|storage| storage.remove_item(&key(id)));
}
