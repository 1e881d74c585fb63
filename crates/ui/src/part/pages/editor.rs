//! A page as it is written: what is typed, what is saved, and what the public sees.

use leptos::{ev, prelude::*, task::spawn_local};
use wire::{
    page::{Content, Remark},
    path,
};

use super::{Row, bare, fields, kept, open, preview, read, standing, versions};
use crate::{
    api::{Refusal, Source},
    json::{Json, object},
    model::{
        landing::{differences, faults},
        paste::Partner,
        typed::{rule_of, sentence},
    },
    part::{
        flag, live, named, press,
        server::{Asked, Told, ask},
        text, when,
    },
    state::{Ctx, Shared},
};

/// The editor of a page.
#[derive(Clone, Copy)]
pub struct Editor {
    pub ctx: Ctx,
    pub id: StoredValue<String>,
    /// What the list shows of it.
    row: RwSignal<Shared<Row>>,
    pub partners: RwSignal<Shared<Vec<Partner>>>,
    /// Codes of the partner's coupons.
    pub coupons: RwSignal<Vec<String>>,
    /// The draft as the server has it.
    saved: RwSignal<Shared<Content>>,
    /// What is typed.
    pub typed: RwSignal<Content>,
    /// What was typed before a version was brought back.
    pub before: RwSignal<Option<Shared<Content>>>,
    /// What is wrong, as far as it can be seen here.
    pub faults: Memo<Shared<Vec<Remark>>>,
    /// What the server says is wrong.
    pub said: RwSignal<Vec<Remark>>,
    is_dirty: Memo<bool>,
    /// What is being done; empty for nothing.
    busy: RwSignal<&'static str>,
    /// The draft that somebody else has saved meanwhile.
    other: RwSignal<Option<Shared<(Row, Content)>>>,
    /// Why something was not done; empty for nothing.
    why: RwSignal<String>,
    pub told: Told,
    /// Whether the preview shows the thank-you.
    pub is_sent: RwSignal<bool>,
    /// Where on the page what is typed stands.
    pub anchor: StoredValue<&'static str>,
    /// Told when there may be another version.
    pub published: RwSignal<()>,
}

impl Editor {
    fn new(ctx: Ctx, id: String) -> Self {
        let typed = RwSignal::new(Content::default());
        let saved = RwSignal::new(Shared::new(Content::default()));
        Self {
            ctx,
            id: StoredValue::new(id),
            row: RwSignal::new(Shared::new(Row::default())),
            partners: RwSignal::new(Shared::new(Vec::new())),
            coupons: RwSignal::new(Vec::new()),
            saved,
            typed,
            before: RwSignal::new(None),
            faults: Memo::new(move |_| Shared::new(typed.with(faults))),
            said: RwSignal::new(Vec::new()),
            is_dirty: Memo::new(move |_| saved.with(|saved| typed.with(|typed| *typed != **saved))),
            busy: RwSignal::new(""),
            other: RwSignal::new(None),
            why: RwSignal::new(String::new()),
            told: Told::nothing(),
            is_sent: RwSignal::new(false),
            anchor: StoredValue::new(""),
            published: RwSignal::new(()),
        }
    }

    /// What is wrong with a part, as a sentence; empty for nothing.
    pub fn wrong(self, field: &str) -> String {
        let of = |remarks: &[Remark]| remarks.iter().find(|remark| remark.field == field).map(|r| sentence(&r.message));
        let own = self.faults.with(|faults| of(faults));
        own.or_else(|| self.said.with(|said| of(said))).unwrap_or_default()
    }

    /// Changes what is typed.
    pub fn change(self, change: impl FnOnce(&mut Content)) {
        self.typed.update(change);
        self.said.set(Vec::new());
    }

    /// Whether the field at a place of the form was saved under its name.
    pub fn is_saved(self, i: usize) -> bool {
        let name = self.typed.with_untracked(|content| content.form.fields.get(i).map(|field| field.name.clone()));
        self.saved.with_untracked(|saved| saved.form.fields.iter().any(|field| Some(&field.name) == name.as_ref()))
    }

    /// The page as the server has it. What is typed is the draft, unless somebody goes on typing.
    fn take(self, said: &Json, typed: Option<Content>) {
        let content: Content = said.get("content").typed().unwrap_or_default();
        self.row.set(Shared::new(read(said)));
        self.saved.set(Shared::new(content.clone()));
        self.typed.set(typed.unwrap_or(content));
        self.other.set(None);
        self.why.set(String::new());
    }

    fn path(self) -> String {
        format!("{}/{}", path::PAGES, self.id.get_value())
    }

    /// What an answer that is no page means.
    fn refused(self, refusal: Refusal) {
        let why = refusal.text();
        match rule_of(&why) {
            Some((field, rule)) => {
                self.said.set(vec![Remark::new(field, rule)]);
                self.why.set(format!("{} is not as it should be: see there.", fields::label(field)));
            }
            None => self.why.set(why),
        }
    }

    /// Saves what is typed over the draft that it was made of, and does what follows.
    fn save(self, then: fn(Self)) {
        if !self.busy.get_untracked().is_empty() {
            return;
        }
        self.told.clear();
        if let Some(fault) = self.faults.with_untracked(|faults| faults.first().map(|fault| fault.field.clone())) {
            self.why.set(format!("{} is not as it should be: see there.", fields::label(&fault)));
            return fields::focus(&fault);
        }
        if !self.is_dirty.get_untracked() {
            return then(self);
        }
        let sent = self.typed.get_untracked();
        let change = self.saved.with_untracked(|saved| Json::of_typed(&**saved).change_to(&Json::of_typed(&sent)));
        let read_at = self.row.with_untracked(|row| row.updated_at.clone());
        let body = Json::of(object(&[("content", change), ("updatedAt", read_at.into())])).written();
        self.busy.set("Saving");
        self.why.set(String::new());
        ask("PATCH", self.path(), body, move |answer| {
            if self.busy.try_set("").is_some() {
                return;
            }
            match answer {
                Ok(said) => {
                    // Somebody who types on loses nothing.
                    let typed = self.typed.get_untracked();
                    self.take(&said, (typed != sent).then_some(typed));
                    then(self);
                }
                Err(Refusal::Said { status: 409, .. }) => self.meet(sent, then),
                Err(refusal) => self.refused(refusal),
            }
        });
    }

    /// Looks at what somebody else has made of the draft. Where it is what was sent, the answer to that was lost.
    fn meet(self, sent: Content, then: fn(Self)) {
        self.busy.set("Looking");
        ask("GET", self.path(), String::new(), move |answer| {
            if self.busy.try_set("").is_some() {
                return;
            }
            match answer {
                Ok(said) => {
                    let content: Content = said.get("content").typed().unwrap_or_default();
                    if Ok(&content) == sent.clone().checked().as_ref() {
                        let typed = self.typed.get_untracked();
                        self.take(&said, (typed != sent).then_some(typed));
                        return then(self);
                    }
                    self.told.clear();
                    self.other.set(Some(Shared::new((read(&said), content))));
                }
                Err(refusal) => self.refused(refusal),
            }
        });
    }

    /// What is typed here, put into a draft of somebody else's: of what nobody typed here, theirs stays.
    fn put_into(self, theirs: &Content) -> Content {
        let mine = self.typed.get_untracked();
        let change = self.saved.with_untracked(|saved| Json::of_typed(&**saved).change_to(&Json::of_typed(&mine)));
        Json::of_typed(theirs).changed_by(&Json::of(change)).typed().unwrap_or(mine)
    }

    /// Does something with the saved draft, and tells what became of it.
    fn act(self, verb: &'static str, doing: &'static str, done: fn(&Row) -> String) {
        if !self.busy.get_untracked().is_empty() {
            return;
        }
        let read_at = self.row.with_untracked(|row| row.updated_at.clone());
        let query = String::from(js_sys::encode_uri_component(&read_at));
        self.busy.set(doing);
        self.told.clear();
        self.why.set(String::new());
        ask("POST", format!("{}/{verb}?updatedAt={query}", self.path()), String::new(), move |answer| {
            if self.busy.try_set("").is_some() {
                return;
            }
            match answer {
                Ok(said) => {
                    self.row.set(Shared::new(read(&said)));
                    self.published.set(());
                    self.told.tell(self.row.with_untracked(|row| done(row)), None);
                }
                Err(Refusal::Said { status: 409, .. }) => self.meet(self.typed.get_untracked(), |_| ()),
                Err(refusal) => self.refused(refusal),
            }
        });
    }
}

/// The editor of a page.
pub fn show(ctx: Ctx, id: String) -> AnyView {
    let editor = Editor::new(ctx, id);
    let asked = Asked::by(move |asked| {
        spawn_local(async move {
            match load(editor).await {
                Ok(()) => asked.came(),
                Err(refusal) => asked.failed(refusal),
            }
        });
    });
    Effect::new(move |_| {
        let (is_dirty, typed) = (editor.is_dirty.get(), editor.typed.get());
        let (id, read_at) = (editor.id.get_value(), editor.row.with_untracked(|row| row.updated_at.clone()));
        // Nothing is known of the draft before it is here.
        if read_at.is_empty() {
            return;
        }
        if is_dirty { kept::keep(&id, &read_at, &typed) } else { kept::forget(&id) }
    });
    let leave = window_event_listener(ev::beforeunload, move |event| {
        if editor.is_dirty.try_get_untracked().unwrap_or(false) {
            event.prevent_default();
        }
    });
    on_cleanup(move || leave.remove());
    view! {
        <div class="acts back" data-reads>
            <button type="button" class="quiet small" on:click=press(move || open(ctx, None))>"← All pages"</button>
        </div>
        {asked.show(move || sheet(editor))}
    }
    .into_any()
}

/// Everything that the editor needs.
async fn load(editor: Editor) -> Result<(), Refusal> {
    let source = Source::default();
    let said = source.send("GET", &editor.path(), "").await?;
    let partners = named::partners(&[]).await?;
    let coupons = format!("{}?partnerId={}&pageSize=100", path::COUPONS, said.text("partnerId"));
    let coupons = source.send("GET", &coupons, "").await?.list();
    let kept = kept::found(&said.text("id"));
    if editor.busy.try_get_untracked().is_none() {
        return Ok(());
    }
    editor.partners.set(Shared::new(partners));
    editor.coupons.set(coupons.iter().map(|coupon| coupon.text("code")).collect());
    editor.take(&said, kept.as_ref().map(|(_, content)| content.clone()));
    if let Some((read_at, _)) = kept.filter(|_| editor.is_dirty.get_untracked()) {
        editor.told.tell("What you had typed and not saved is here again.".to_owned(), None);
        let row = read(&said);
        if read_at != row.updated_at {
            let content = editor.saved.with_untracked(|saved| (**saved).clone());
            editor.other.set(Some(Shared::new((row, content))));
        }
    }
    Ok(())
}

fn sheet(editor: Editor) -> AnyView {
    let title = move || editor.row.with(|row| bare(&row.url));
    view! {
        {bar(editor, title)}
        {editor.told.show()}
        {live(move || other(editor))}
        <div class="desk">
            <div class="writing">
                {fields::show(editor)}
                {versions::show(editor)}
            </div>
            {preview::show(editor)}
        </div>
    }
    .into_any()
}

/// What the page is, and what can be done with it.
fn bar(editor: Editor, title: impl Fn() -> String + Send + Sync + 'static) -> impl IntoView {
    let state = move || editor.row.with(|row| standing(row.version, row.is_changed));
    let partner =
        move || editor.row.with(|row| editor.partners.with(|partners| named::name_of(partners, &row.partner)));
    let saved = move || match (editor.busy.get(), editor.is_dirty.get()) {
        ("", true) => "Unsaved changes".to_owned(),
        ("", false) => "Saved".to_owned(),
        (doing, _) => format!("{doing}…"),
    };
    let is_busy = flag(move || !editor.busy.get().is_empty());
    let is_clean = flag(move || is_busy.get() || !editor.is_dirty.get());
    let is_live = move || editor.row.with(|row| row.version.is_some());
    let publish = move || editor.save(|editor| editor.act("publish", "Publishing", published));
    let discard = move || {
        editor.change(|content| *content = editor.saved.with_untracked(|saved| (**saved).clone()));
        editor.before.set(None);
        editor.why.set(String::new());
        editor.told.tell("The draft is again as it was saved.".to_owned(), None);
    };
    view! {
        <section class="panel draft-bar" aria-labelledby="h-page">
            <div>
                <h2 id="h-page">{text(title)}</h2>
                <p class="quiet-text">{text(partner)} " · " {live(state)}</p>
            </div>
            <p class="quiet-text" role="status" class:unsaved=move || editor.is_dirty.get()>{text(saved)}</p>
            <div class="acts">
                <button
                    type="button"
                    class="strong"
                    aria-disabled=text(move || is_clean.get().to_string())
                    on:click=press(move || editor.save(|editor| editor.told.tell("The draft is saved. The public sees it once it is published.".to_owned(), None)))
                >
                    "Save draft"
                </button>
                <button type="button" class="quiet" aria-disabled=text(move || is_busy.get().to_string()) on:click=press(publish)>"Publish"</button>
                <button type="button" class="quiet" aria-disabled=text(move || is_clean.get().to_string()) on:click=press(discard)>"Discard changes"</button>
                <button type="button" class="quiet" on:click=press(move || share(editor))>"Link to the draft"</button>
                {when(is_live, move || {
                    let url = editor.row.with_untracked(|row| row.url.clone());
                    let down = move || editor.act("unpublish", "Taking down", taken_down);
                    view! {
                        <a class="button quiet" href=url target="_blank" rel="noopener">"Open the page"</a>
                        <button type="button" class="quiet" on:click=press(down)>"Take down"</button>
                    }
                })}
            </div>
            <p class="fault" role="alert">{text(move || editor.why.get())}</p>
        </section>
    }
}

fn published(row: &Row) -> String {
    let version = row.version.unwrap_or_default();
    format!("Version {version} is public, at {}. “Take down” takes it back.", bare(&row.url))
}

fn taken_down(_: &Row) -> String {
    "The page is taken down. Draft and versions stay: “Publish” shows the draft again.".to_owned()
}

/// A link that shows the saved draft to whoever has it.
fn share(editor: Editor) {
    ask("POST", format!("{}/preview", editor.path()), "{}".to_owned(), move |answer| {
        if editor.busy.try_get_untracked().is_none() {
            return;
        }
        match answer {
            Ok(said) => editor.told.tell(
                "Whoever has this link sees the draft as it is saved, for a day.".to_owned(),
                said.some_text("url"),
            ),
            Err(refusal) => editor.refused(refusal),
        }
    });
}

/// What somebody else has saved meanwhile, and which of both is to be.
fn other(editor: Editor) -> impl IntoView + use<> {
    editor.other.get().map(|other| {
        let (_, theirs) = &*other;
        let both = Shared::new(editor.put_into(theirs));
        let differences = differences(theirs, &both);
        let mine = {
            let other = other.clone();
            move || {
                // The next save is made over theirs, which its writer has seen.
                let (row, content) = &*other;
                editor.row.set(Shared::new(row.clone()));
                editor.saved.set(Shared::new(content.clone()));
                editor.change(|typed| typed.clone_from(&both));
                editor.other.set(None);
                editor.told.tell("What you typed stands in their draft here. “Save draft” keeps it so.".to_owned(), None);
            }
        };
        let take = move || {
            let (row, content) = &*other;
            editor.row.set(Shared::new(row.clone()));
            editor.saved.set(Shared::new(content.clone()));
            editor.before.set(Some(Shared::new(editor.typed.get_untracked())));
            editor.change(|typed| typed.clone_from(content));
            editor.other.set(None);
            editor.told.tell("The draft is as they saved it.".to_owned(), None);
        };
        view! {
            <section class="panel clash" role="alert" aria-labelledby="h-clash">
                <h2 id="h-clash">"Somebody else has changed this draft meanwhile"</h2>
                <p>"Nothing of yours was saved, and nothing of theirs is lost. This is what you typed, beside theirs:"</p>
                {versions::listed(&differences)}
                <div class="acts">
                    <button type="button" class="strong" on:click=press(take)>"Take theirs"</button>
                    <button type="button" class="quiet" on:click=press(mine)>"Put mine into theirs"</button>
                </div>
            </section>
        }
    })
}
