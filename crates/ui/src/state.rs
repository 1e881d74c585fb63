//! The feed and the filters of one mount, and what its parts ask of them.

use std::{collections::BTreeSet, future::Future, ops::Deref, pin::Pin, sync::Arc, time::Duration};

use engine::{credit::Model, id::ProgramId, kpi::Report, money::Currency, period::Period};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::Source,
    failure::Failure,
    filters::{Filters, Ways},
    model::{loaded::Loaded, locale::Locale, place::Place},
};

/// A value that is computed once and shared; equal only to itself, so that comparing costs nothing.
#[derive(Debug)]
pub struct Shared<T>(Arc<T>);

impl<T> Shared<T> {
    /// Shares a value.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Figures of a span, and of one before it.
#[derive(Debug)]
pub struct Trend {
    /// Figures of the span.
    pub now: Report,
    /// The span before.
    pub before: Period,
    /// Figures of that.
    pub then: Report,
}

/// How far the feed is.
#[derive(Debug, Clone, PartialEq)]
pub enum Load {
    /// On its way.
    Loading,
    /// Here.
    Ready(Shared<Loaded>),
    /// It did not come.
    Failed(Failure),
}

/// What a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// A skeleton.
    Loading,
    /// The report.
    Ready,
    /// What to do, since nothing is recorded yet.
    Empty,
    /// What went wrong.
    Failed(Failure),
}

impl Phase {
    /// The word in `data-state`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Ready => "ready",
            Self::Empty => "empty",
            Self::Failed(_) => "error",
        }
    }
}

/// After this many milliseconds a page that is looked at again asks again.
const STALE: f64 = 5.0 * 60.0 * 1000.0;

/// How a token that has ended is renewed: another one, or none. What was asked with the old one is told.
pub type Renewal = fn(Source) -> Pin<Box<dyn Future<Output = Option<String>>>>;

/// The state of one mount.
#[derive(Debug, Clone, Copy)]
pub struct Store {
    /// The feed.
    pub load: RwSignal<Load>,
    /// What the reader asks.
    pub filters: RwSignal<Filters>,
    /// Why the figures on the page could not be renewed.
    pub stale: RwSignal<Option<Failure>>,
    source: StoredValue<Source>,
    renewal: Option<Renewal>,
    /// Number of the latest request, and when it was sent.
    asked: StoredValue<(u32, f64)>,
}

impl Store {
    /// A state that has asked nothing yet.
    #[must_use]
    pub fn new(source: Source, filters: Filters) -> Self {
        Self {
            load: RwSignal::new(Load::Loading),
            filters: RwSignal::new(filters),
            stale: RwSignal::new(None),
            source: StoredValue::new(source),
            renewal: None,
            asked: StoredValue::new((0, 0.0)),
        }
    }

    /// The same, which renews its token where it has ended.
    #[must_use]
    pub fn renewed(self, renewal: Renewal) -> Self {
        Self { renewal: Some(renewal), ..self }
    }

    /// The same feed for a further reader, who asks something of their own.
    #[must_use]
    pub fn asked_by(self, filters: RwSignal<Filters>) -> Self {
        Self { filters, ..self }
    }

    /// Asks for the feed. Figures that are shown stay until newer ones are here.
    pub fn fetch(self) {
        let number = self.asked.with_value(|(number, _)| number + 1);
        self.asked.set_value((number, js_sys::Date::now()));
        if !matches!(self.load.get_untracked(), Load::Ready(_)) {
            self.load.set(Load::Loading);
        }
        let source = self.source.get_value();
        spawn_local(async move {
            let mut answer = source.feed().await;
            // Disposed, or asked again meanwhile: the answer is nobody's.
            let is_latest = move || self.asked.try_with_value(|(latest, _)| *latest) == Some(number);
            if let (Err(Failure::SignedOut), Some(renewal), true) = (&answer, self.renewal, is_latest())
                && let Some(token) = renewal(source.clone()).await
            {
                let source = Source { token: Some(token), ..source };
                answer = source.feed().await;
                if is_latest() {
                    self.source.set_value(source);
                }
            }
            if !is_latest() {
                return;
            }
            match answer {
                Ok((feed, stale)) => {
                    let loaded = Loaded::new(feed);
                    Source::speak_for(loaded.reader_id());
                    self.stale.set(stale);
                    self.load.set(Load::Ready(Shared::new(loaded)));
                }
                // Somebody who is signed out sees nothing any more; everything else may pass.
                Err(failure) if failure.may_pass() && self.ready().is_some() => self.stale.set(Some(failure)),
                Err(failure) => self.load.set(Load::Failed(failure)),
            }
        });
    }

    /// Asks again if the last answer is old.
    pub fn refresh(self) {
        let old = self.asked.try_with_value(|(_, at)| js_sys::Date::now() - at > STALE).unwrap_or(false);
        if old && !matches!(self.load.get_untracked(), Load::Loading) {
            self.fetch();
        }
    }

    /// What a page shows.
    #[must_use]
    pub fn phase(self) -> Phase {
        self.load.with(|load| match load {
            Load::Loading => Phase::Loading,
            Load::Ready(loaded) if loaded.is_empty() => Phase::Empty,
            Load::Ready(_) => Phase::Ready,
            Load::Failed(failure) => Phase::Failed(*failure),
        })
    }

    /// Who reads, as far as the feed says it: program, and partner where it is one. In another tab somebody else may sign in.
    #[must_use]
    pub fn reader(self) -> Option<(ProgramId, Option<String>)> {
        self.load.with(|load| match load {
            Load::Ready(loaded) => Some((loaded.head.program.id, loaded.reader_id().map(str::to_owned))),
            Load::Loading | Load::Failed(_) => None,
        })
    }

    fn ready(self) -> Option<Shared<Loaded>> {
        self.load.try_get_untracked().and_then(|load| match load {
            Load::Ready(loaded) => Some(loaded),
            _ => None,
        })
    }
}

/// So many touches are divided anew within a frame, also by a slow processor.
const WITHIN_A_FRAME: usize = 1 << 15;

/// Between two models that are prepared for, the page is its reader's.
const PAUSE: Duration = Duration::from_millis(100);

/// Behind the figures of many touches, one model at a time: what a switch will ask.
fn prepare(
    loaded: Shared<Loaded>,
    report: Shared<Report>,
    reported: Memo<Reported>,
    asked: Memo<Filters>,
    mut models: Vec<Model>,
) {
    let next = move || {
        // Disposed, or asked something else meanwhile: then that is prepared for.
        let present = reported.try_with_untracked(|(_, present)| *present == report);
        if let (Some(true), Some(model)) = (present, models.pop()) {
            asked.with_untracked(|filters| loaded.prepare(&report, filters, model));
            prepare(loaded, report, reported, asked, models);
        }
    };
    set_timeout(next, PAUSE);
}

/// Facts, and the figures that come from them.
type Reported = (Shared<Loaded>, Shared<Report>);

/// What the parts of a report ask: everything is computed here, in the browser, from one feed.
#[derive(Debug, Clone, Copy)]
pub struct Ctx {
    /// The feed.
    pub loaded: Memo<Shared<Loaded>>,
    /// The figures under the filters.
    pub report: Memo<Shared<Report>>,
    /// What they are held against: figures of a span, and of one before it. Computed once somebody looks.
    pub trend: Memo<(Shared<Loaded>, Shared<Trend>)>,
    /// What the reader asks.
    pub filters: RwSignal<Filters>,
    /// The same without place and open deal, for everything that these do not change.
    pub asked: Memo<Filters>,
    /// Signs of numbers and dates.
    pub locale: StoredValue<Locale>,
    /// What a screen reader is told next.
    pub say: RwSignal<&'static str>,
}

impl Ctx {
    /// The questions to a store that has a feed; `None` while it has none.
    #[must_use]
    pub fn of(store: Store, locale: Locale) -> Option<Self> {
        let first = store.ready()?;
        let loaded = Memo::new(move |last: Option<&Shared<Loaded>>| {
            let here = store.load.with(|load| match load {
                Load::Ready(loaded) => Some(loaded.clone()),
                _ => None,
            });
            here.or_else(|| last.cloned()).unwrap_or_else(|| first.clone())
        });
        let asked = Memo::new(move |_| Filters {
            place: Place::default(),
            deal: None,
            page: None,
            state: None,
            month: None,
            hidden: BTreeSet::new(),
            with: None,
            with_window: None,
            ways: Ways::default(),
            ..store.filters.get()
        });
        // With the facts that it is about: a report of the same facts answers the next question in a fraction of the time.
        let reported = Memo::new(move |last: Option<&Reported>| {
            loaded.with(|l| {
                let last = last.filter(|(of, _)| of == l).map(|(_, report)| &**report);
                (l.clone(), Shared::new(asked.with(|f| l.report(f, last))))
            })
        });
        let report = Memo::new(move |_| reported.with(|(_, report)| report.clone()));
        Effect::new(move |_| {
            let (loaded, report) = reported.get();
            if loaded.log.touches.len() > WITHIN_A_FRAME {
                // What reads every journey together takes seconds, and is for whoever asks.
                let models = Model::ALL.into_iter().filter(|model| !model.is_data_driven() && loaded.offers(*model));
                let models = models.collect();
                prepare(loaded, report, reported, asked, models);
            }
        });
        let trend = Memo::new(move |last: Option<&(Shared<Loaded>, Shared<Trend>)>| {
            let (loaded, report) = (loaded.get(), report.get());
            let last = last.filter(|(of, _)| *of == loaded).map(|(_, trend)| &**trend);
            let (span, before) = asked.with(|filters| loaded.trend(filters));
            let now = loaded.during(&report, span, last.map(|last| &last.now));
            let then = loaded.during(&report, before, last.map(|last| &last.then));
            (loaded, Shared::new(Trend { now, before, then }))
        });
        Some(Self {
            loaded,
            report,
            trend,
            filters: store.filters,
            asked,
            locale: StoredValue::new(locale),
            say: RwSignal::new(""),
        })
    }

    /// The context of the component that asks.
    #[must_use]
    pub fn get() -> Self {
        expect_context::<Self>()
    }

    /// Formats with the signs of the locale.
    pub fn text<T>(self, format: impl FnOnce(&Locale) -> T) -> T {
        self.locale.with_value(format)
    }

    /// An amount in the report's currency.
    #[must_use]
    pub fn money(self, minor: i64) -> String {
        let currency = self.currency();
        self.text(|locale| locale.money(minor, currency))
    }

    /// A count.
    #[must_use]
    pub fn count(self, n: u64) -> String {
        self.text(|locale| locale.count(i64::try_from(n).unwrap_or(i64::MAX)))
    }

    /// The report's currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.loaded.with(|l| self.asked.with(|f| l.log.currencies[l.currency(f) as usize]))
    }

    /// Whether the reader is the partner whom the report is about.
    #[must_use]
    pub fn is_partner(self) -> bool {
        self.loaded.with(|l| l.reader().is_some())
    }

    /// Changes the filters.
    pub fn ask(self, change: impl FnOnce(&mut Filters)) {
        self.filters.update(change);
    }

    /// Opens the explanation of a customer, or closes it.
    pub fn toggle(self, customer: u32) {
        self.ask(|f| f.deal = if f.deal == Some(customer) { None } else { Some(customer) });
    }
}
