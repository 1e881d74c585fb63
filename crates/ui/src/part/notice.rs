//! What is shown instead of figures: what happened, and what to do.

use leptos::prelude::*;
use wire::path;

use super::{copy::CopyButton, live};
use crate::{
    failure::Failure,
    state::{Ctx, Store},
};

/// Why there are no figures, and what to do about it.
#[component]
pub fn FailureNotice(
    /// What went wrong.
    failure: Failure,
    /// Whom to ask again.
    store: Store,
) -> impl IntoView {
    view! { <main class="notice" data-failure=failure.code()>{told_of(failure, store)}</main> }
}

/// The same without its place on the page.
pub fn told_of(failure: Failure, store: Store) -> impl IntoView {
    view! {
        <div role="alert">
            <h1>{failure.title()}</h1>
            <p>{failure.advice()}</p>
        </div>
        {failure
            .may_pass()
            .then(|| view! { <button type="button" class="strong" on:click=move |_| store.fetch()>"Try again"</button> })}
        {matches!(failure, Failure::Refused).then(|| view! { <SignOut/> })}
    }
}

/// A button that signs out.
#[component]
pub fn SignOut() -> impl IntoView {
    view! {
        <form method="post" action=path::SIGN_OUT>
            <button type="submit" class="quiet">"Sign out"</button>
        </form>
    }
}

/// Figures are shown, but newer ones did not come.
#[component]
pub fn StaleNotice(
    /// Whose figures.
    store: Store,
) -> impl IntoView {
    let ctx = Ctx::get();
    let bar = move || {
        store.stale.get().map(|failure| {
            let now = ctx.loaded.with(|loaded| loaded.head.now);
            let at = ctx.text(|locale| locale.moment(now));
            view! {
                <p class="stale">
                    <span>{format!("{}. These are the figures of {at} UTC.", failure.title())}</span>
                    <button type="button" class="quiet small" on:click=move |_| store.fetch()>"Try again"</button>
                </p>
            }
        })
    };
    view! { <div class="renewal" role="status">{live(bar)}</div> }
}

/// Nothing is recorded yet: what to do, with the link to do it with.
#[component]
pub fn EmptyNotice() -> impl IntoView {
    let ctx = Ctx::get();
    let link = ctx.loaded.with(|loaded| {
        let partner = loaded.reader();
        let own = loaded.log.links.iter().find(|link| !link.is_gone() && partner.is_none_or(|p| link.partner == p));
        own.map(|link| link.short.clone())
    });
    let program = ctx.is_partner();
    view! {
        <section class="notice">
            <h2>{if program { "Share your link, and watch this page" } else { "No facts yet" }}</h2>
            <p>
                {if program {
                    "Nothing is recorded yet. Every click on your link is shown here within seconds, and every customer who \
                     comes of it with the whole story of how they came."
                } else {
                    "Nothing is recorded yet. Invite a partner, or send facts from your backend: the first click appears here \
                     within seconds."
                }}
            </p>
            {link.map(|link| view! {
                <p class="share"><code>{link.clone()}</code><CopyButton text=link what="your link"/></p>
            })}
        </section>
    }
}
