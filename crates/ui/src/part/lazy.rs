//! Code that a page loads apart: behind its first figures, or once somebody goes where it is needed.

use std::{future::Future, pin::Pin};

pub use leptos::wasm_split::{SplitLoaderError as Lost, wasm_split};
use leptos::{prelude::*, task::spawn_local};

use super::{Live, live};

/// A piece of code on its way.
pub type Loading<T> = Pin<Box<dyn Future<Output = Result<T, Lost>>>>;

#[derive(Clone, Copy)]
enum Code<T> {
    Loading,
    Here(T),
    Lost,
}

/// A view whose code is loaded first. Until then room is kept for it; where it does not come, the reader may ask again.
pub fn lazy<T>(
    load: impl Fn() -> Loading<T> + Copy + Send + 'static,
    show: impl Fn(T) -> AnyView + Send + 'static,
) -> Live
where
    T: Copy + Send + Sync + 'static,
{
    let code = RwSignal::new(Code::<T>::Loading);
    let fetch = move || {
        code.set(Code::Loading);
        spawn_local(async move {
            let came = load().await.map_or(Code::Lost, Code::Here);
            // Whoever asked may have gone elsewhere.
            code.try_set(came);
        });
    };
    fetch();
    live(move || match code.get() {
        Code::Here(here) => show(here),
        Code::Loading => view! {
            <i class="s s-plot" aria-hidden="true"></i>
            <span class="unseen" role="status">"Loading"</span>
        }
        .into_any(),
        Code::Lost => view! {
            <p class="quiet-text" role="alert">
                "This part of the page could not be loaded. "
                {if window().navigator().on_line() {
                    "If that stays so, load the page anew. "
                } else {
                    "There is no connection, and this browser has not shown it before. "
                }}
                <button type="button" class="link" on:click=move |_| fetch()>"Try again"</button>
            </p>
        }
        .into_any(),
    })
}
