//! The form of a landing page: what it asks, what was typed, checked, and shown again.

use engine::text::clean;
use serde_json::{Map, Value};
use wire::{
    fact::email,
    page::{self, Kind, lines},
};

/// Most bytes of a form's body: twelve fields of 2,000 characters, each of which a browser may write as twelve bytes.
pub const BYTES_MAX: usize = 300 * 1024;
/// Most values of a form's body: those behind it are not read.
const VALUES_MAX: usize = 40;
/// Name of the field that no person sees: nothing that a browser would fill by itself.
pub const TRAP: &str = "topic_code";
/// Name of the field that Turnstile fills.
pub const TURNSTILE: &str = "cf-turnstile-response";
/// What stands before the names of a page's own fields, so that they meet none of ours.
const OWN: &str = "x_";

/// What a field takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// One line; the word is the type of the input.
    Line(&'static str),
    /// Several lines.
    Area,
    /// One of these.
    Select(Vec<String>),
    /// Yes or no.
    Checkbox,
}

/// A field that a form asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Name and `id` of the field.
    pub name: String,
    pub label: String,
    pub input: Input,
    pub autocomplete: &'static str,
    pub required: bool,
    /// Most characters.
    pub max: usize,
}

impl Question {
    /// A field that every form knows.
    fn known(name: &str) -> Option<Self> {
        let (input, autocomplete, max) = match name {
            "name" => (Input::Line("text"), "name", 200),
            // RFC 5321 leaves 254.
            "email" => (Input::Line("email"), "email", 254),
            "company" => (Input::Line("text"), "organization", 200),
            "role" => (Input::Line("text"), "organization-title", 200),
            "phone" => (Input::Line("tel"), "tel", 50),
            "website" => (Input::Line("text"), "url", 200),
            "country" => (Input::Line("text"), "country-name", 100),
            "message" => (Input::Area, "off", 2000),
            _ => return None,
        };
        let required = matches!(name, "name" | "email");
        Some(Self { name: name.to_owned(), label: page::label(name)?.to_owned(), input, autocomplete, required, max })
    }

    fn of(field: &page::Field) -> Option<Self> {
        let question = match field.kind {
            None => Self::known(&field.name)?,
            Some(kind) => {
                let (input, max) = match kind {
                    Kind::Text => (Input::Line("text"), 200),
                    Kind::Area => (Input::Area, 2000),
                    Kind::Select => (Input::Select(field.options.clone()), 100),
                    Kind::Checkbox => (Input::Checkbox, 10),
                };
                let name = format!("{OWN}{}", field.name);
                Self { name, label: String::new(), input, autocomplete: "off", required: false, max }
            }
        };
        let label = field.label.clone().unwrap_or(question.label);
        Some(Self { required: question.required || field.required, label, ..question })
    }

    fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// What was typed, as it is kept; `None` for nothing.
    ///
    /// # Errors
    /// The rule that it breaks.
    fn check(&self, typed: &str) -> Result<Option<String>, String> {
        let value = match self.input {
            Input::Area => lines(typed),
            _ => clean(typed, usize::MAX),
        };
        let Some(value) = value else {
            return if self.required { Err(self.missing()) } else { Ok(None) };
        };
        if value.chars().count() > self.max {
            return Err(format!("Use at most {} characters", thousands(self.max)));
        }
        match &self.input {
            Input::Line("email") => {
                email("email", &value).map(Some).map_err(|_| "Enter an email address like name@company.com".to_owned())
            }
            Input::Select(options) if !options.contains(&value) => Err("Choose one of the options".to_owned()),
            _ => Ok(Some(value)),
        }
    }

    fn missing(&self) -> String {
        match (self.name.as_str(), &self.input) {
            ("name", _) => "Enter your name".to_owned(),
            ("email", _) => "Enter your email address".to_owned(),
            (_, Input::Select(_)) => format!("Choose an option: {}", self.label),
            (_, Input::Checkbox) => format!("Tick the box: {}", self.label),
            _ => format!("Fill in: {}", self.label),
        }
    }
}

fn thousands(n: usize) -> String {
    if n < 1000 { n.to_string() } else { format!("{},{:03}", n / 1000, n % 1000) }
}

/// What a form asks, in order.
pub fn questions(form: &page::Form) -> Vec<Question> {
    let mut questions: Vec<Question> = form.fields.iter().filter_map(Question::of).collect();
    if questions.is_empty() {
        questions.extend(["name", "email", "company", "message"].into_iter().filter_map(Question::known));
    }
    for (at, name) in ["name", "email"].into_iter().enumerate() {
        if !questions.iter().any(|question| question.is(name)) {
            questions.splice(at.min(questions.len())..at.min(questions.len()), Question::known(name));
        }
    }
    questions
}

/// What is asked of somebody who would be a partner.
pub fn application() -> Vec<Question> {
    let mut questions: Vec<Question> =
        ["name", "email", "company", "website", "message"].into_iter().filter_map(Question::known).collect();
    for question in &mut questions {
        question.required |= question.is("company");
        if question.is("message") {
            question.label = "Whom do you reach, and how would you recommend us?".to_owned();
        }
    }
    questions
}

/// What was typed, as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    values: Vec<(String, String)>,
    /// The click's token.
    pub token: String,
    /// Names this showing of the form.
    pub form_id: String,
    /// The coupon that the page showed.
    pub coupon: String,
    /// What Turnstile says of the visitor.
    pub turnstile: String,
    /// A field that no person sees; whatever fills it is a program.
    pub trap: String,
}

/// What was typed, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub name: String,
    pub email: String,
    pub company: Option<String>,
    /// The rest, by name; a page's own fields are within `answers`.
    pub more: Map<String, Value>,
}

/// A rule that a field breaks, in the words that stand beside it.
pub type Faults = Vec<(String, String)>;

impl Typed {
    /// A form that nobody has filled in, with a click's token.
    pub fn carrying(token: String) -> Self {
        Self { token, ..Self::default() }
    }

    /// Reads `application/x-www-form-urlencoded`; the last value of a name counts.
    pub fn parse(body: &[u8]) -> Self {
        let mut typed = Self::default();
        for (name, value) in url::form_urlencoded::parse(body).take(VALUES_MAX) {
            let value = value.into_owned();
            match name.as_ref() {
                "trb_id" => typed.token = value,
                "form_id" => typed.form_id = value,
                "coupon" => typed.coupon = value,
                TURNSTILE => typed.turnstile = value,
                TRAP => typed.trap = value,
                name => match typed.values.iter_mut().find(|(known, _)| known == name) {
                    Some((_, known)) => *known = value,
                    None => typed.values.push((name.to_owned(), value)),
                },
            }
        }
        typed
    }

    /// What was typed into a field; empty for nothing.
    fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Checks every field.
    ///
    /// # Errors
    /// What is wrong, in the order of the fields.
    pub fn check(&self, questions: &[Question]) -> Result<Checked, Faults> {
        let (mut faults, mut answers) = (Faults::new(), Map::new());
        let mut checked = Checked { name: String::new(), email: String::new(), company: None, more: Map::new() };
        for question in questions {
            match question.check(self.value(&question.name)) {
                Err(rule) => faults.push((question.name.clone(), rule)),
                Ok(None) => {}
                Ok(Some(value)) => match question.name.as_str() {
                    "name" => checked.name = value,
                    "email" => checked.email = value,
                    "company" => checked.company = Some(value),
                    name => {
                        let value = if question.input == Input::Checkbox { true.into() } else { value.into() };
                        match name.strip_prefix(OWN) {
                            Some(own) => answers.insert(own.to_owned(), value),
                            None => checked.more.insert(name.to_owned(), value),
                        };
                    }
                },
            }
        }
        if !answers.is_empty() {
            checked.more.insert("answers".to_owned(), answers.into());
        }
        if faults.is_empty() { Ok(checked) } else { Err(faults) }
    }

    /// The fields with what was typed and what is wrong.
    pub fn fields(&self, questions: &[Question], faults: &Faults) -> Vec<Field> {
        let field = |question: &Question| Field {
            value: self.value(&question.name).to_owned(),
            fault: faults.iter().find(|(name, _)| *name == question.name).map(|(_, rule)| rule.clone()),
            question: question.clone(),
        };
        questions.iter().map(field).collect()
    }

    /// What was typed into fields that are not among these, so that it can be sent again unseen.
    pub fn others(&self, questions: &[Question]) -> Vec<(String, String)> {
        let other = |(name, _): &&(String, String)| !questions.iter().any(|question| question.is(name));
        self.values.iter().filter(other).cloned().collect()
    }
}

/// A form as a page shows it: empty, or with what was typed and what is wrong with it.
#[derive(Debug, Clone)]
pub struct Form {
    pub typed: Typed,
    pub fields: Vec<Field>,
    pub faults: Faults,
    /// Why it is to be sent again.
    pub again: Option<&'static str>,
}

impl Form {
    pub fn new(questions: &[Question], typed: Typed, faults: Faults, again: Option<&'static str>) -> Self {
        Self { fields: typed.fields(questions, &faults), typed, faults, again }
    }
}

/// A field as the page shows it.
#[derive(Debug, Clone)]
pub struct Field {
    pub question: Question,
    pub value: String,
    pub fault: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const GOOD: &str =
        "name=Mina+Holm&email=Mina%40Acme.example&company=&message=a%0D%0Ab%00&trb_id=T&form_id=F&coupon=C&x=1";

    fn plain() -> Vec<Question> {
        questions(&page::Form::default())
    }

    fn own() -> Vec<Question> {
        let form = json!({ "fields": [
            { "name": "company", "required": true },
            { "name": "email", "label": "Mail" },
            { "name": "size", "label": "Team size", "kind": "select", "options": ["1–10", "more"], "required": true },
            { "name": "terms", "label": "I agree", "kind": "checkbox", "required": true },
            { "name": "pet", "label": "Pet’s name", "kind": "text" },
        ]});
        questions(&serde_json::from_value(form).unwrap_or_default())
    }

    #[test]
    fn a_form_asks_for_name_and_email_whatever_it_says() {
        let names = |questions: Vec<Question>| questions.into_iter().map(|q| q.name).collect::<Vec<_>>();
        assert_eq!(names(plain()), ["name", "email", "company", "message"]);
        assert_eq!(names(own()), ["name", "company", "email", "x_size", "x_terms", "x_pet"]);
        assert!(own().iter().filter(|q| q.is("name") || q.is("email")).all(|q| q.required));
    }

    #[test]
    fn a_good_form_is_read() {
        let typed = Typed::parse(GOOD.as_bytes());
        assert_eq!((typed.token.as_str(), typed.form_id.as_str(), typed.trap.as_str()), ("T", "F", ""));
        let more = json!({ "message": "a\nb" }).as_object().cloned().unwrap_or_default();
        let expect = Checked { name: "Mina Holm".into(), email: "mina@acme.example".into(), company: None, more };
        assert_eq!(typed.check(&plain()), Ok(expect));
        assert_eq!(typed.others(&plain()), [("x".to_owned(), "1".to_owned())]);
        let typed = Typed::parse("name=A&email=a%40b.c&company=B&x_size=1%E2%80%9310&x_terms=on&x_pet=Rex".as_bytes());
        let answers = json!({ "answers": { "size": "1–10", "terms": true, "pet": "Rex" } });
        assert_eq!(typed.check(&own()).map(|checked| Value::from(checked.more)), Ok(answers));
    }

    #[test]
    fn every_mistake_is_named_beside_its_field() {
        let check = |questions: Vec<Question>, body: &str, expect: &[&str]| {
            let faults = Typed::parse(body.as_bytes()).check(&questions).err().unwrap_or_default();
            assert_eq!(faults.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(), expect, "{body}");
        };
        for (body, expect) in [
            (GOOD, &[][..]),
            ("", &["name", "email"]),
            ("name=++&email=a%40b.c", &["name"]),
            ("name=%00%07&email=a%40b.c", &["name"]),
            ("name=A&email=", &["email"]),
            ("name=A&email=a", &["email"]),
            ("name=A&email=a%40b", &["email"]),
            ("name=A&email=a+b%40c.d", &["email"]),
            ("name=A&email=a%40b%40c.d", &["email"]),
            (&format!("name={}&email=a%40b.c", "x".repeat(201)), &["name"]),
            (&format!("name=A&email=a%40b.c&company={}", "x".repeat(201)), &["company"]),
            (&format!("name=A&email=a%40b.c&message={}", "x".repeat(2001)), &["message"]),
            (&format!("name=A&email=a%40b.c&message={}", "%C3%A4".repeat(2000)), &[]),
            ("{\"name\":\"A\"}", &["name", "email"]),
            ("%ff%fe&&&===&name", &["name", "email"]),
        ] {
            check(plain(), body, expect);
        }
        check(own(), "name=A&email=a%40b.c", &["company", "x_size", "x_terms"]);
        check(own(), "name=A&email=a%40b.c&company=B&x_size=12&x_terms=on", &["x_size"]);
    }

    #[test]
    fn what_was_typed_is_shown_again() {
        let typed = Typed::parse(b"name=%3Cb%3E&email=nope");
        let faults = typed.check(&plain()).err().unwrap_or_default();
        let fields = typed.fields(&plain(), &faults);
        assert_eq!(fields[0].value, "<b>");
        assert_eq!((fields[0].fault.is_some(), fields[1].fault.is_some()), (false, true));
    }
}
