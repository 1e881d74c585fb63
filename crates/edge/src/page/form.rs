//! The form of a landing page: read, checked, and shown again with what was typed.

use engine::text::clean;
use wire::fact::email;

/// Most bytes of a form's body.
pub const BYTES_MAX: usize = 16 * 1024;
/// Most characters of a name.
const NAME_MAX: usize = 200;
/// Most characters of an e-mail address (RFC 5321 leaves 254).
const EMAIL_MAX: usize = 254;
/// Most characters of a company.
const COMPANY_MAX: usize = 200;
/// Most characters of a message.
const MESSAGE_MAX: usize = 2000;

/// What was typed, as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    pub name: String,
    pub email: String,
    pub company: String,
    pub message: String,
    /// The click's token.
    pub token: String,
    /// Names this showing of the form, so that sending it twice makes one lead.
    pub form_id: String,
    /// A field that no person sees; whatever fills it is a program.
    pub trap: String,
}

/// What was typed, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub name: String,
    pub email: String,
    pub company: Option<String>,
    pub message: Option<String>,
}

/// A rule that a field breaks, in the words that stand beside it.
pub type Faults = Vec<(&'static str, &'static str)>;

impl Typed {
    /// Reads `application/x-www-form-urlencoded`; the last value of a name counts, an unknown name does not.
    pub fn parse(body: &[u8]) -> Self {
        let mut typed = Self::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            let field = match name.as_ref() {
                "name" => &mut typed.name,
                "email" => &mut typed.email,
                "company" => &mut typed.company,
                "message" => &mut typed.message,
                "trb_id" => &mut typed.token,
                "form_id" => &mut typed.form_id,
                TRAP => &mut typed.trap,
                _ => continue,
            };
            *field = value.into_owned();
        }
        typed
    }

    /// Checks every field.
    ///
    /// # Errors
    /// What is wrong, in the order of the fields.
    pub fn check(&self) -> Result<Checked, Faults> {
        let mut faults = Faults::new();
        let name = clean(&self.name, NAME_MAX);
        match &name {
            None => faults.push(("name", "Enter your name")),
            Some(_) if too_long(&self.name, NAME_MAX) => faults.push(("name", "Use at most 200 characters")),
            Some(_) => {}
        }
        let address = email("email", &self.email).ok();
        if self.email.trim().is_empty() {
            faults.push(("email", "Enter your email address"));
        } else if address.is_none() {
            faults.push(("email", "Enter an email address like name@company.com"));
        }
        if too_long(&self.company, COMPANY_MAX) {
            faults.push(("company", "Use at most 200 characters"));
        }
        let message = lines(&self.message);
        if message.as_deref().is_some_and(|message| too_long(message, MESSAGE_MAX)) {
            faults.push(("message", "Use at most 2,000 characters"));
        }
        match (name, address) {
            (Some(name), Some(email)) if faults.is_empty() => {
                Ok(Checked { name, email, company: clean(&self.company, COMPANY_MAX), message })
            }
            _ => Err(faults),
        }
    }
}

/// Name of the field that no person sees: nothing that a browser would fill by itself.
pub const TRAP: &str = "topic_code";

fn too_long(text: &str, max: usize) -> bool {
    text.trim().chars().count() > max
}

/// A text of several lines, trimmed, with one kind of line end and no other control characters; `None` when empty.
fn lines(text: &str) -> Option<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A field as the page shows it.
#[derive(Debug, Clone)]
pub struct Field {
    pub id: &'static str,
    pub label: &'static str,
    /// `text`, `email`, or `area` for several lines.
    pub kind: &'static str,
    pub autocomplete: &'static str,
    pub required: bool,
    pub max: usize,
    pub value: String,
    pub fault: Option<&'static str>,
}

/// The fields with what was typed and what is wrong.
pub fn fields(typed: &Typed, faults: &Faults) -> Vec<Field> {
    let field = |id, label, kind, autocomplete, required, max, value: &String| Field {
        id,
        label,
        kind,
        autocomplete,
        required,
        max,
        value: value.clone(),
        fault: faults.iter().find(|(field, _)| *field == id).map(|(_, rule)| *rule),
    };
    vec![
        field("name", "Name", "text", "name", true, NAME_MAX, &typed.name),
        field("email", "Work email", "email", "email", true, EMAIL_MAX, &typed.email),
        field("company", "Company", "text", "organization", false, COMPANY_MAX, &typed.company),
        field("message", "What are you looking for?", "area", "off", false, MESSAGE_MAX, &typed.message),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "name=Mina+Holm&email=Mina%40Acme.example&company=&message=a%0D%0Ab%00&trb_id=T&form_id=F&x=1";

    #[test]
    fn a_good_form_is_read() {
        let typed = Typed::parse(GOOD.as_bytes());
        assert_eq!((typed.token.as_str(), typed.form_id.as_str(), typed.trap.as_str()), ("T", "F", ""));
        let expect = Checked {
            name: "Mina Holm".into(),
            email: "mina@acme.example".into(),
            company: None,
            message: Some("a\nb".into()),
        };
        assert_eq!(typed.check(), Ok(expect));
    }

    #[test]
    fn every_mistake_is_named_beside_its_field() {
        let check = |body: &str, expect: &[&str]| {
            let faults = Typed::parse(body.as_bytes()).check().err().unwrap_or_default();
            assert_eq!(faults.iter().map(|(field, _)| *field).collect::<Vec<_>>(), expect, "{body}");
        };
        check(GOOD, &[]);
        check("", &["name", "email"]);
        check("name=++&email=a%40b.c", &["name"]);
        check("name=%00%07&email=a%40b.c", &["name"]);
        check("name=A&email=", &["email"]);
        check("name=A&email=a", &["email"]);
        check("name=A&email=a%40b", &["email"]);
        check("name=A&email=a+b%40c.d", &["email"]);
        check("name=A&email=a%40b%40c.d", &["email"]);
        check(&format!("name={}&email=a%40b.c", "x".repeat(201)), &["name"]);
        check(&format!("name=A&email=a%40b.c&company={}", "x".repeat(201)), &["company"]);
        check(&format!("name=A&email=a%40b.c&message={}", "x".repeat(2001)), &["message"]);
        check(&format!("name=A&email=a%40b.c&message={}", "%C3%A4".repeat(2000)), &[]);
        check("{\"name\":\"A\"}", &["name", "email"]);
        check("%ff%fe&&&===&name", &["name", "email"]);
    }

    #[test]
    fn what_was_typed_is_shown_again() {
        let typed = Typed::parse(b"name=%3Cb%3E&email=nope");
        let faults = typed.check().err().unwrap_or_default();
        let fields = fields(&typed, &faults);
        assert_eq!(fields[0].value, "<b>");
        assert_eq!((fields[0].fault, fields[1].fault.is_some()), (None, true));
    }
}
