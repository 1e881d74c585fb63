//! Campaign parameters that a link has not of its own: templates of the program and of the partner's group.

use serde::{Deserialize, Serialize};

use crate::text::Utm;

/// What templates may name, and the group's own template.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Naming {
    /// `{link}`: the link's key.
    pub link: String,
    /// `{partner}`: the partner's username.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// `{group}`: the name of the partner's group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The group's template, which goes before the program's.
    #[serde(skip_serializing_if = "super::is_default")]
    pub utm: Utm,
}

/// What a template may name.
const NAMES: [&str; 3] = ["{link}", "{partner}", "{group}"];

/// The fields of a template, as [`Utm::NAMES`].
const FIELDS: [&str; 6] = ["utm.source", "utm.medium", "utm.campaign", "utm.term", "utm.content", "utm.id"];

/// A template as it is kept.
///
/// # Errors
/// The field and the rule that it breaks: it is too long, or names what is not known, which visitors would carry as it stands.
pub fn template(sent: &Utm) -> Result<Utm, (&'static str, String)> {
    for (name, text) in sent.pairs() {
        let field = Utm::NAMES.iter().zip(FIELDS).find(|(known, _)| **known == name).map_or("utm", |(_, field)| field);
        if text.trim().chars().count() > Utm::MAX {
            return Err((field, format!("must have at most {} characters", Utm::MAX)));
        }
        let rest = NAMES.iter().fold(text.to_owned(), |text, name| text.replace(name, ""));
        if rest.contains(['{', '}']) {
            return Err((field, format!("must name nothing in braces but {}", NAMES.join(", "))));
        }
    }
    Ok(sent.cleaned())
}

impl Naming {
    /// The parameters of a link: each its own, else the group's, else the program's. One that names what is not there (the
    /// partner of a link that has none) is left out.
    #[must_use]
    pub fn apply(&self, own: &Utm, program: &Utm) -> Utm {
        Utm::collect(|name| {
            let template = || self.utm.get(name).or_else(|| program.get(name));
            own.get(name).map(str::to_owned).or_else(|| self.fill(template()?))
        })
    }

    fn fill(&self, template: &str) -> Option<String> {
        let values = [Some(&self.link), self.partner.as_ref(), self.group.as_ref()];
        NAMES.into_iter().zip(values).try_fold(template.to_owned(), |text, (name, value)| {
            if text.contains(name) { Some(text.replace(name, value?)) } else { Some(text) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_names_what_is_known() {
        let of = |text: &str| Utm { medium: Some(text.to_owned()), ..Utm::default() };
        for good in ["partner", " {partner}/{group}-{link} ", ""] {
            assert_eq!(template(&of(good)), Ok(of(good).cleaned()), "{good}");
        }
        for bad in ["{foo}", "{partnr}", "{Partner}", "{partner", "a}", "{{partner}}", &"x".repeat(101)] {
            assert_eq!(template(&of(bad)).map_err(|(field, _)| field), Err("utm.medium"), "{bad}");
        }
    }

    #[test]
    fn a_link_goes_before_its_group_and_that_before_the_program() {
        let utm = |source: &str, medium: &str, campaign: &str| Utm {
            source: Some(source.into()),
            medium: Some(medium.into()),
            campaign: Some(campaign.into()),
            ..Utm::default()
        };
        let naming = Naming {
            link: "ada-x".into(),
            partner: Some("ada".into()),
            group: None,
            utm: Utm { medium: Some("agency".into()), ..Utm::default() },
        };
        let own = Utm { source: Some("own {partner}".into()), ..Utm::default() };
        let check = |program: &Utm, expect: &[(&str, &str)]| {
            assert_eq!(naming.apply(&own, program).pairs().collect::<Vec<_>>(), expect);
        };
        let own = ("utm_source", "own {partner}");
        check(&Utm::default(), &[own, ("utm_medium", "agency")]);
        check(&utm("s", "m", "{partner}/{link}"), &[own, ("utm_medium", "agency"), ("utm_campaign", "ada/ada-x")]);
        check(&utm("s", "m", "{group}-{link}"), &[own, ("utm_medium", "agency")]);
    }
}
