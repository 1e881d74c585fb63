//! The feeds of a page's reports: those that ask the same server with the same token share one, asked for once.

use std::{cell::RefCell, future::Future, pin::Pin, rc::Rc};

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::{Owner, RwSignal};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;

use crate::{api::Source, filters::Filters, state::Store};

/// The property of a report's element that renews its token.
const RENEW: &str = "renewToken";

/// One feed.
struct Feed {
    store: Store,
    /// Everything that it was asked with: a page may still name a token that was renewed since.
    known: RefCell<Vec<Source>>,
    /// Its signals are gone when it is.
    _owner: Owner,
}

impl Feed {
    fn new(source: Source) -> Self {
        let owner = Owner::new();
        let store = owner.with(|| Store::new(source.clone(), Filters::default()).renewed(renew));
        Self { store, known: RefCell::new(vec![source]), _owner: owner }
    }

    fn knows(&self, source: &Source) -> bool {
        self.known.borrow().contains(source)
    }
}

/// A report of the page.
#[derive(Clone)]
pub(super) struct Report {
    /// Its element, which tells of what happens.
    pub host: HtmlElement,
    /// What it is drawn into.
    pub place: HtmlElement,
}

/// A report's seat at its feed, which it leaves when it is dropped. The last one takes the feed away.
pub(super) struct Seat {
    report: Report,
    feed: Rc<Feed>,
    is_first: bool,
}

thread_local! {
    /// Every report of the page, with its feed.
    static SEATS: RefCell<Vec<(Report, Rc<Feed>)>> = const { RefCell::new(Vec::new()) };
}

impl Seat {
    /// Takes a seat at the feed of a source: at one that is there, or at a new one.
    pub(super) fn take(report: Report, source: Source) -> Self {
        let there = SEATS.with_borrow(|seats| seats.iter().map(|(_, feed)| feed).find(|f| f.knows(&source)).cloned());
        let is_first = there.is_none();
        let feed = there.unwrap_or_else(|| Rc::new(Feed::new(source)));
        SEATS.with_borrow_mut(|seats| seats.push((report.clone(), Rc::clone(&feed))));
        Self { report, feed, is_first }
    }

    /// Asks for the feed, if nobody has: who comes first asks for all.
    pub(super) fn begin(&self) {
        if self.is_first {
            self.feed.store.fetch();
        }
    }

    /// Whether its feed is that of a source already.
    pub(super) fn knows(&self, source: &Source) -> bool {
        self.feed.knows(source)
    }

    /// The feed, under the report's own filters.
    pub(super) fn store(&self, filters: RwSignal<Filters>) -> Store {
        self.feed.store.asked_by(filters)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let own = |(report, feed): &(Report, _)| report.place == self.report.place && Rc::ptr_eq(feed, &self.feed);
        SEATS.with_borrow_mut(|seats| seats.iter().position(own).map(|at| seats.swap_remove(at)));
    }
}

/// Every report of the page, for the day on which all of them stop at once.
pub(super) fn reports() -> Vec<Report> {
    let every = |seats: &RefCell<Vec<(Report, _)>>| {
        seats.try_borrow().map(|seats| seats.iter().map(|(report, _)| report.clone()).collect()).unwrap_or_default()
    };
    SEATS.try_with(every).unwrap_or_default()
}

/// Has the page renew a token that has ended: the first of its reports that knows how is asked, once, for all of them.
fn renew(ended: Source) -> Pin<Box<dyn Future<Output = Option<String>>>> {
    Box::pin(async move {
        let (host, feed) = SEATS.with_borrow(|seats| {
            let mut theirs = seats.iter().filter(|(_, feed)| feed.knows(&ended));
            theirs
                .find(|(report, _)| callback(&report.host).is_some())
                .map(|(r, feed)| (r.host.clone(), Rc::clone(feed)))
        })?;
        // It may throw, refuse, or answer something else: then there is no token.
        let answer = callback(&host)?.call0(&host).ok()?;
        let token =
            JsFuture::from(Promise::resolve(&answer)).await.ok()?.as_string().filter(|token| !token.is_empty())?;
        feed.known.borrow_mut().push(Source { token: Some(token.clone()), ..ended });
        Some(token)
    })
}

fn callback(host: &HtmlElement) -> Option<Function> {
    Reflect::get(host, &RENEW.into()).ok()?.dyn_into().ok()
}
