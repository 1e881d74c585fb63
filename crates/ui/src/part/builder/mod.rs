//! The link builder: a pasted list, what each of its lines would make, and the making of all of them at once, which can be
//! taken back.
//!
//! | module | charter |
//! |---|---|
//! | [`known`] | what the program allows, asked once |
//! | [`list`] | each line as it would be made, and what is wrong with it |
//! | [`made`] | what was made: to copy, to save, to print |
//! | [`send`] | making and taking back, each line once whatever becomes of an answer |

mod known;
mod list;
mod made;
mod send;

use std::{cell::RefCell, collections::BTreeSet};

use engine::{id::ProgramId, link::site::Site, log::Log, text::Utm};
use leptos::prelude::*;
use web_sys::Url;

use super::{
    flag, live, press,
    server::{Asked, Told},
    text, when,
};
use crate::{
    model::paste::{self, Defaults, Known, Line},
    state::{Load, Shared, Store},
};
use made::Made;

/// The campaign parameters that hold for all lines which do not say, and their names for people.
const FIELDS: [(&str, &str); 5] = [
    ("utm_source", "Source"),
    ("utm_medium", "Medium"),
    ("utm_campaign", "Campaign"),
    ("utm_term", "Term"),
    ("utm_content", "Content"),
];

/// What the server said of a line: its number ([`Line::sum`]), why, and whether it may be sent again as it is.
type Said = (u64, String, bool);

/// A list as it is read.
type Read = Result<Vec<Line>, String>;

/// A line with all that is wrong with it.
struct Checked {
    line: Line,
    /// By its own text, and by what the server said to it.
    faults: Vec<String>,
    /// Whether it may be sent as it is.
    is_good: bool,
}

thread_local! {
    /// The builder of the page: who looks at another place and comes back finds the list, and the way to undo.
    static KEPT: RefCell<Option<(Reader, Owner, Builder)>> = const { RefCell::new(None) };
}

/// Whose builder it is.
type Reader = Option<(ProgramId, Option<String>)>;

/// A builder.
#[derive(Clone, Copy)]
struct Builder {
    store: Store,
    /// Names this builder's links, so that what is sent again is known again.
    name: StoredValue<String>,
    known: RwSignal<Shared<Known>>,
    text: RwSignal<String>,
    defaults: RwSignal<Defaults>,
    read: Memo<Shared<Read>>,
    checked: Memo<Shared<Vec<Checked>>>,
    said: RwSignal<Vec<Said>>,
    made: RwSignal<Vec<Made>>,
    /// The identifiers of everything that may have been made.
    sent: RwSignal<Vec<String>>,
    /// Those of them that stayed when they were to be taken back: somebody has changed or followed them.
    kept: StoredValue<Vec<String>>,
    /// What is done, how far it is, and how far it goes; while something is under way.
    progress: RwSignal<Option<(&'static str, usize, usize)>>,
    told: Told,
}

impl Builder {
    /// That of the page.
    fn kept(store: Store) -> Self {
        let reader = store.reader();
        KEPT.with_borrow_mut(|kept| match kept {
            Some((of, _, builder)) if *of == reader => *builder,
            _ => {
                // Of nobody: the place's own ends with the place.
                let owner = Owner::default();
                let builder = owner.with(|| Self::new(store));
                *kept = Some((reader, owner, builder));
                builder
            }
        })
    }

    fn new(store: Store) -> Self {
        let known = RwSignal::new(Shared::new(Known::default()));
        let (text, defaults) = (RwSignal::new(String::new()), RwSignal::new(Defaults::new()));
        let said = RwSignal::new(Vec::<Said>::new());
        let read = Memo::new(move |_| {
            let known = known.get();
            Shared::new(text.with(|text| defaults.with(|defaults| paste::read(text, defaults, &known, &site))))
        });
        let (name, sent) = (StoredValue::new(send::name()), RwSignal::new(Vec::<String>::new()));
        let taken = Memo::new(move |_| Shared::new(Taken::of(store)));
        let checked = Memo::new(move |_| {
            let (read, taken) = (read.get(), taken.get());
            let lines = read.as_deref().unwrap_or_default();
            // What was sent from here may have taken the key itself: that is settled by sending it again.
            let is_sent = |line: &Line| sent.with(|sent| sent.contains(&name.with_value(|name| send::id(name, line))));
            let is_taken = |line: &Line| taken.0.contains(&line.key) && !is_sent(line);
            said.with(|said| Shared::new(lines.iter().map(|line| check(line, said, is_taken(line))).collect()))
        });
        Self {
            store,
            name,
            known,
            text,
            defaults,
            read,
            checked,
            said,
            made: RwSignal::new(Vec::new()),
            sent,
            kept: StoredValue::new(Vec::new()),
            progress: RwSignal::new(None),
            told: Told::nothing(),
        }
    }

    /// The lines that can be sent.
    fn good(self) -> usize {
        self.checked.with(|checked| checked.iter().filter(|line| line.is_good).count())
    }

    fn is_busy(self) -> bool {
        self.progress.with(Option::is_some)
    }
}

/// Keys of the links that there are.
struct Taken(BTreeSet<String>);

impl Taken {
    fn of(store: Store) -> Self {
        let keys = |log: &Log| log.links.iter().filter(|link| !link.is_gone()).map(|link| link.key.clone()).collect();
        Self(store.load.with(|load| match load {
            Load::Ready(loaded) => keys(&loaded.log),
            Load::Loading | Load::Failed(_) => BTreeSet::new(),
        }))
    }
}

fn check(line: &Line, said: &[Said], is_taken: bool) -> Checked {
    let taken = is_taken.then(|| "key: is taken already".to_owned());
    let own = line.faults.iter().map(|(field, why)| format!("{field}: {why}")).chain(taken);
    let said = said.iter().find(|(sum, ..)| *sum == line.sum());
    Checked {
        line: line.clone(),
        faults: own.chain(said.map(|(_, why, _)| why.clone())).collect(),
        is_good: line.faults.is_empty() && !is_taken && said.is_none_or(|(.., again)| *again),
    }
}

/// An address as this browser reads it.
fn site(text: &str) -> Option<Site> {
    let url = Url::new(text).ok()?;
    Some(Site {
        href: url.href(),
        scheme: url.protocol().trim_end_matches(':').to_owned(),
        host: url.hostname(),
        authority: url.host(),
        credentials: !url.username().is_empty() || !url.password().is_empty(),
    })
}

/// The builder, for whoever may make links.
#[component]
pub fn LinkBuilder(
    /// Asked anew once links are made, or gone.
    store: Store,
) -> impl IntoView {
    let builder = Builder::kept(store);
    let may = RwSignal::new(true);
    let asked = Asked::by(move |asked| known::ask(builder.known, may, asked));
    let shown = move || {
        view! {
            {fields(builder)}
            {list::show(builder)}
            {acts(builder)}
        }
    };
    when(
        move || may.get(),
        move || {
            view! {
                <section class="panel builder" aria-labelledby="h-builder">
                    <h2 id="h-builder">"Make links"</h2>
                    {builder.told.show()}
                    {asked.show(shown)}
                    {made::show(builder)}
                </section>
            }
        },
    )
}

/// What holds for every line that does not say.
fn fields(builder: Builder) -> impl IntoView {
    let set = move |name: &'static str, value: String| {
        builder.defaults.update(|defaults| {
            defaults.retain(|(of, _)| *of != name);
            defaults.push((name, value.trim().to_owned()));
        });
    };
    let value = move |name: &str| {
        let found = |defaults: &Defaults| defaults.iter().find(|(of, _)| *of == name).map(|(_, value)| value.clone());
        builder.defaults.with_untracked(found).unwrap_or_default()
    };
    let known = builder.known.get_untracked();
    let option = |partner: &paste::Partner| view! { <option value=partner.id.clone()>{partner.name.clone()}</option> };
    let partners = known.partners.iter().filter(|partner| !partner.left).map(option).collect_view();
    let line = |(name, label): (&'static str, &'static str)| {
        let id = format!("all-{name}");
        view! {
            <div class="field">
                <label for=id.clone()>{label} <small>" optional"</small></label>
                <input
                    type="text"
                    id=id
                    autocomplete="off"
                    spellcheck="false"
                    maxlength=Utm::MAX.to_string()
                    placeholder=known.utm.get(name).unwrap_or_default().to_owned()
                    prop:value=value(name)
                    on:input=move |event| set(name, event_target_value(&event))
                />
            </div>
        }
    };
    view! {
        <fieldset class="typed shared">
            <legend>"For every line that does not say otherwise"</legend>
            <div class="field">
                <label for="all-partner">"Partner"</label>
                <select id="all-partner" prop:value=value("partner") on:change=move |event| set("partner", event_target_value(&event))>
                    <option value="">"None: the program’s own links"</option>
                    {partners}
                </select>
            </div>
            {FIELDS.map(line).collect_view()}
        </fieldset>
    }
}

/// Making, and taking back.
fn acts(builder: Builder) -> impl IntoView {
    let label = move || {
        let count = builder.good();
        match builder.progress.get() {
            Some((doing, done, all)) => format!("{doing} {done} of {all}"),
            None if count == 1 => "Make 1 link".to_owned(),
            None => format!("Make {count} links"),
        }
    };
    let off = flag(move || builder.is_busy() || builder.good() == 0);
    let progress = move || {
        builder.progress.get().map(|(doing, done, all)| {
            view! { <progress max=all.to_string() prop:value=done.to_string() aria-label=doing></progress> }
        })
    };
    let undo = move || {
        view! {
            <button type="button" class="quiet" aria-disabled=text(move || builder.is_busy().to_string()) on:click=press(move || send::undo(builder))>
                {text(move || match builder.made.with(Vec::len) {
                    0 => "Undo: take back what was sent".to_owned(),
                    1 => "Undo: take the link back".to_owned(),
                    made => format!("Undo: take all {made} back"),
                })}
            </button>
        }
    };
    view! {
        <div class="acts">
            <button
                type="button"
                class="strong"
                aria-disabled=text(move || off.get().to_string())
                aria-describedby="list-sum"
                on:click=press(move || send::make(builder))
            >
                {text(label)}
            </button>
            {when(move || builder.sent.with(|sent| !sent.is_empty()), undo)}
            {live(progress)}
        </div>
    }
}
