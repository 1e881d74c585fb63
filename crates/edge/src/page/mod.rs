//! Pages for people: templates and what goes into them. No store, no clock, no request.

pub mod form;
pub mod landing;
pub mod link;
pub mod qr;

use askama::Template;
use http::StatusCode;

use form::Input;

/// A link that a page offers.
#[derive(Debug, Clone)]
pub struct Action {
    pub label: String,
    pub href: String,
}

/// A small page: one thing said, and where to go from here.
#[derive(Debug, Clone, Template)]
#[template(path = "notice.html")]
pub struct Notice {
    /// Short and alone on its line above the title, like a status.
    pub mark: String,
    pub title: String,
    pub text: String,
    pub actions: Vec<Action>,
}

impl Notice {
    /// A page without links.
    pub fn new(mark: impl Into<String>, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { mark: mark.into(), title: title.into(), text: text.into(), actions: Vec::new() }
    }

    /// The same page with one link more.
    pub fn with(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.actions.push(Action { label: label.into(), href: href.into() });
        self
    }

    /// As HTML.
    pub fn html(&self) -> String {
        html(self)
    }
}

/// A form that could not be kept: what was typed, to be sent again.
#[derive(Debug, Clone, Template)]
#[template(path = "retry.html")]
pub struct Retry {
    pub status: StatusCode,
    pub title: &'static str,
    pub action: String,
    pub typed: form::Typed,
    pub fields: Vec<form::Field>,
    /// What was typed into fields that are not known just now.
    pub others: Vec<(String, String)>,
}

impl Retry {
    /// The form with a store that does not answer.
    pub fn unavailable(action: String, typed: form::Typed, questions: &[form::Question]) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "We could not take your message just now", action, typed, questions)
    }

    /// The form of somebody who sent too many.
    pub fn too_often(action: String, typed: form::Typed, questions: &[form::Question]) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "A little slower, please", action, typed, questions)
    }

    fn new(
        status: StatusCode,
        title: &'static str,
        action: String,
        typed: form::Typed,
        questions: &[form::Question],
    ) -> Self {
        let fields = typed.fields(questions, &form::Faults::new());
        let others = typed.others(questions);
        Self { status, title, action, typed, fields, others }
    }
}

/// The form of somebody who would be a partner.
#[derive(Debug, Clone, Template)]
#[template(path = "apply.html")]
pub struct Apply<'a> {
    /// The program.
    pub vendor: &'a str,
    /// Where the form goes.
    pub action: &'static str,
    pub trap: &'static str,
    pub form: form::Form,
}

/// The first page: what runs here, the ways in, and a link to sign in for whoever asks.
#[derive(Debug, Clone, Template)]
#[template(path = "home.html")]
pub struct Home {
    /// The program.
    pub program: String,
    /// Where its people and its partners' go.
    pub actions: Vec<Action>,
}

/// Renders a template. Templates write to memory and have no filters that fail, so the text instead is never seen; it is
/// there because rendering is not allowed to panic.
pub fn html(template: &impl Template) -> String {
    template.render().unwrap_or_else(|_| "<!doctype html><title>Sorry</title><p>This page cannot be shown.".to_owned())
}

/// The page of an error.
pub fn error(status: u16) -> String {
    let (title, text) = match status {
        400 | 422 => {
            ("That did not work", "Something about the request was not as expected. Please go back and try again.")
        }
        401 => {
            ("Please sign in", "Open the sign-in link that you were sent. If it no longer works, ask for a new one.")
        }
        403 => ("That is not open to you", "You may not do this from here. Please go back and try again."),
        404 => (
            "There is nothing at this address",
            "The link may have been mistyped, or whoever shared it has taken it away.",
        ),
        409 => ("That was done already", "There is nothing more to do here."),
        410 => ("This link has ended", "It was for one use, or for a limited time. Ask whoever sent it for a new one."),
        413 => ("That was too long", "Please go back, shorten the text and send it again."),
        429 => ("A little slower, please", "There were too many requests at once. Please try again in a minute."),
        _ => {
            ("We cannot answer just now", "It is not your fault, and it should not last. Please try again in a minute.")
        }
    };
    Notice::new(status.to_string(), title, text).html()
}

/// What a program sees that looks at a sign-in link ahead of a person.
pub fn sign_in_by_hand() -> String {
    Notice::new("Tributary", "Your sign-in link", "Open this link in your browser, and you are signed in.").html()
}

/// What whoever asked for a link sees, known or not.
pub fn look_into_mailbox() -> String {
    let text =
        "If somebody with that address may come in, a link is on its way to them. It works once, and for 15 minutes.";
    Notice::new("Tributary", "Look into your mailbox", text).html()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_is_a_page() {
        for status in [400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 503] {
            let page = error(status);
            assert!(page.starts_with("<!doctype html>") && page.contains("<h1"), "{page}");
        }
    }

    #[test]
    fn texts_are_escaped() {
        let page = Notice::new("", "<b>", "\"&").with("<i>", "https://a.example/?a=1&b=\"").html();
        assert!(!page.contains("<b>") && !page.contains("<i>") && !page.contains("b=\"\""), "{page}");
    }
}
