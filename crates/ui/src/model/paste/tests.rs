use super::*;

/// A browser's reading, as far as these tests ask for it.
fn site(text: &str) -> Option<Site> {
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().filter(|authority| !authority.is_empty())?;
    let host = authority.rsplit('@').next()?;
    Some(Site {
        href: text.to_owned(),
        scheme: scheme.to_owned(),
        host: host.split(':').next()?.to_owned(),
        authority: host.to_owned(),
        credentials: authority.contains('@'),
    })
}

fn known() -> Known {
    let partner = |id: &str, name: &str, slug: &str| Partner {
        id: id.into(),
        name: name.into(),
        slug: slug.into(),
        ..Partner::default()
    };
    Known {
        own: "go.test".into(),
        domains: vec!["go.example".into()],
        hosts: vec!["example.com".into(), "*.example.com".into()],
        utm: Utm { medium: Some("partner".into()), content: Some("{partner}".into()), ..Utm::default() },
        partners: vec![
            partner("pn_A", "Ada Analytics", "ada"),
            partner("pn_B", "Twin", "twin-1"),
            partner("pn_C", "Twin", "twin-2"),
            Partner { left: true, ..partner("pn_D", "Dora", "dora") },
            Partner {
                group: Some("agencies".into()),
                utm: Utm { source: Some("{group}".into()), ..Utm::default() },
                ..partner("pn_E", "Eve", "eve")
            },
        ],
    }
}

fn lines(text: &str) -> Vec<Line> {
    read(text, &Defaults::new(), &known(), &site).expect("a list")
}

/// The faults of each line, written out.
fn faults(text: &str) -> Vec<String> {
    let all = |line: &Line| line.faults.iter().map(|(field, why)| format!("{field}: {why}")).collect::<Vec<_>>();
    lines(text).iter().map(|line| all(line).join("; ")).collect()
}

#[test]
fn a_list_is_addresses_or_a_table() {
    let plain = lines("https://example.com/a\n\n  https://www.example.com/b \r\nhttps://example.com/c\n");
    assert_eq!(plain.iter().map(|line| line.line).collect::<Vec<_>>(), [1, 3, 4]);
    assert!(plain.iter().all(|line| line.faults.is_empty() && line.key.is_empty()));
    let by_place = lines("https://example.com/a,Ada-1,ada");
    assert_eq!(
        by_place[0].sent,
        [("url", "https://example.com/a".to_owned()), ("key", "ada-1".to_owned()), ("partnerId", "pn_A".to_owned()),]
    );
    for separator in [",", ";", "\t"] {
        let text = ["Key|Destination|UTM campaign", "a|https://example.com/a|spring", "b|https://example.com/b|"];
        let rows = lines(&text.join("\n").replace('|', separator));
        assert_eq!(rows.iter().map(|line| line.key.as_str()).collect::<Vec<_>>(), ["a", "b"], "{separator:?}");
        assert_eq!(rows[0].value("utm_campaign"), "spring");
    }
    assert!(lines("").is_empty());
}

#[test]
fn what_is_wrong_with_the_whole_is_said() {
    let whole = |text: &str| read(text, &Defaults::new(), &known(), &site).err().unwrap_or_default();
    assert!(
        whole("url,colour\nhttps://example.com/a,red").starts_with("Line 1: no column is called “colour”. There are")
    );
    assert_eq!(whole("url,link\nhttps://example.com/a,x"), "Line 1: two columns are the url.");
    assert_eq!(whole("key,partner\na,b"), "Line 1: a column url has to say where the links lead.");
    assert!(whole("url,title\nhttps://example.com/a,\"open").contains("a quotation mark is not closed"));
    assert!(whole(&"https://example.com/\n".repeat(LINES_MAX + 1)).contains("at most 1000 lines"));
}

#[test]
fn each_way_of_being_wrong_has_its_own_fault() {
    let long = "x".repeat(101);
    let head = "url,key,partner,utm_source,utm_medium,utm_campaign,title,image\n";
    for (row, fault) in [
        ("nowhere", "url: must be an absolute http or https address of at most 2000 characters"),
        ("ftp://example.com/", "url: must be an absolute http or https address of at most 2000 characters"),
        ("https://ada@example.com/", "url: must be an absolute http or https address of at most 2000 characters"),
        (
            "https://evil.example/x",
            "url: must lead to a host that the program allows (example.com, *.example.com), not to evil.example",
        ),
        (
            "https://example.com/x?trb_id=v1.abc",
            "url: must not carry trb_id, which names the click of one visitor: leave that parameter out",
        ),
        ("https://go.example/summer", "url: must not be a short link itself: take the address that it leads to"),
        (",only-a-key", "url: is required"),
        ("https://example.com/,a b", "key: may only hold letters, digits, '-', '_' and '.', and not begin with '.'"),
        ("https://example.com/,portal", "key: is a reserved word"),
        ("https://example.com/,p0rtal", "key: looks like a reserved word"),
        (&format!("https://example.com/,{long}"), "key: must have at most 64 characters"),
        (
            "https://example.com/,,Nobody",
            "partner: is not known: “Nobody” is no partner’s name, username or identifier",
        ),
        ("https://example.com/,,twin", "partner: is not clear: several partners are called “twin”"),
        ("https://example.com/,,Dora", "partner: has left the program: Dora"),
        (&format!("https://example.com/,,,{long}"), "utm_source: must have at most 100 characters"),
        ("https://example.com/,,,,email", "utm_medium: must be “partner”, as the program’s template has it"),
        ("https://example.com/,,,,,Spring Sale", "utm_campaign: must be in lower case without spaces: “spring-sale”"),
        (
            "https://example.com/?utm_campaign=Spring",
            "url: has a utm_campaign that must be in lower case without spaces: “spring”",
        ),
        ("https://example.com/?utm_campaign=a,,,,,b", "utm_campaign: is “a” in the address already"),
        (&format!("https://example.com/,,,,,,{}", "x".repeat(201)), "title: must have at most 200 characters"),
        ("https://example.com/,,,,,,,http://x", "image: must be an https address of at most 2000 characters"),
        ("https://example.com/,,,,,,,,more", "line: has more cells than there are columns (8)"),
    ] {
        assert_eq!(faults(&format!("{head}{row}")), [fault], "{row}");
    }
    assert_eq!(faults("https://example.com/a,x\nhttps://example.com/b,X"), ["", "key: is the key of line 1 already"]);
    assert_eq!(faults("https://example.com/a\nhttps://example.com/a"), ["", "line: says the same as line 1"]);
}

#[test]
fn the_address_is_what_the_edge_sends_visitors_to() {
    let at = |text: &str| lines(text)[0].location.clone();
    assert_eq!(at("https://example.com/a#top"), "https://example.com/a?utm_medium=partner#top");
    assert_eq!(at("https://example.com/a,,Ada analytics"), "https://example.com/a?utm_medium=partner&utm_content=ada");
    assert_eq!(
        at("https://example.com/a,,EVE,,,spring"),
        "https://example.com/a?utm_source=agencies&utm_medium=partner&utm_campaign=spring&utm_content=eve"
    );
    assert_eq!(at("https://evil.example/a"), "");
}

#[test]
fn what_a_line_does_not_say_is_said_for_all() {
    let defaults = vec![(PARTNER, "pn_A".to_owned()), ("utm_campaign", "spring".to_owned())];
    let text = "https://example.com/a\nhttps://example.com/b,,eve,,,summer\nhttps://example.com/?utm_campaign=fall";
    let lines = read(text, &defaults, &known(), &site).expect("a list");
    assert_eq!([lines[0].value("partnerId"), lines[0].value("utm_campaign")], ["pn_A", "spring"]);
    assert_eq!([lines[1].value("partnerId"), lines[1].value("utm_campaign")], ["pn_E", "summer"]);
    assert_eq!((lines[2].value("utm_campaign"), lines[2].faults.len()), ("", 0));
}

#[test]
fn lines_are_put_together_as_they_were_written() {
    let text = "url;title\nhttps://example.com/a;\"two\nlines\"\n\nhttps://example.com/b;B\n";
    let read = lines(text);
    assert_eq!(together(read.iter().map(|line| (line.head.as_str(), line.raw.as_str()))), text.replace("\n\n", "\n"));
    let last = together(read.iter().skip(1).map(|line| (line.head.as_str(), line.raw.as_str())));
    assert_eq!(last, "url;title\nhttps://example.com/b;B\n");
    assert_eq!(lines(&last)[0].sent, read[1].sent);
    let mixed = together([("url,title", "https://example.com/a,A"), ("", "https://example.com/b,b")]);
    assert_eq!(lines(&mixed).iter().map(|line| line.value("key")).collect::<Vec<_>>(), ["", "b"]);
}

#[test]
fn a_link_is_known_by_what_it_is() {
    let [a, b] = ["https://example.com/a,x", "\nhttps://example.com/a,X"].map(|text| lines(text)[0].sum());
    assert_eq!(a, b);
    assert_ne!(a, lines("https://example.com/a,y")[0].sum());
}
