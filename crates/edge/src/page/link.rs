//! Pages of links that do not simply lead on.

use askama::Template;

/// The question for the word that opens a link.
#[derive(Debug, Template)]
#[template(path = "ask.html")]
pub struct Ask {
    /// The link's address, as people write it.
    pub address: String,
    /// Whether a wrong one was just said.
    pub wrong: bool,
    /// Most characters.
    pub max: usize,
}

/// What a program shows of a link to people.
#[derive(Debug, Template)]
#[template(path = "preview.html")]
pub struct Preview<'a> {
    pub address: String,
    /// The program's name.
    pub site: &'a str,
    pub title: &'a str,
    pub description: Option<&'a str>,
    pub image: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        let evil = "\"><script>";
        let preview = Preview {
            address: "https://a.example/x".into(),
            site: evil,
            title: evil,
            description: Some(evil),
            image: Some(evil),
        };
        let ask = Ask { address: evil.into(), wrong: true, max: 9 };
        for page in [crate::page::html(&preview), crate::page::html(&ask)] {
            assert!(!page.contains("<script>") && page.contains("&#60;script&#62;"), "{page}");
        }
    }
}
