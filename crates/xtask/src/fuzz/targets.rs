//! The parsers of what a visitor sends, and what each is held to beside not panicking.

use super::driver::Target;
use engine::bot;
use engine::id::{LinkId, PartnerId, TouchId};
use engine::link::{CLICK_PARAM, location, query_value, utm_of};
use engine::money::{AMOUNT_MAX, Currency};
use engine::text::{Coupon, Slug, Utm};
use engine::time::Millis;
use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use wire::cookie;
use wire::csv::{self, encoding, mapping::Mapping, preset::Preset, row::Said, table::Table};
use wire::fact::{Fact, RawFact};
use wire::feed::{self, FeedError};
use wire::stripe;
use wire::token::{Keys, TokenError, sign_click, verify_click, verify_widget};

/// Every parser but the form's, which is the edge's own.
pub const TARGETS: [Target; 11] = [
    Target { name: "token", words: &["AQEB", "AQEA", "AQIA", "=", "-", "_"], read: token },
    Target {
        name: "cookie",
        words: &["trb_id=", "trb_j=", "trb_v=", "trb_c=", "1", "0", "; ", "__Host-trb_s=", "."],
        read: cookies,
    },
    Target {
        name: "query",
        words: &[
            "trb_id=",
            "utm_source=",
            "utm_campaign=",
            "utm_id=",
            "ref=",
            "%00",
            "%ff",
            "%",
            "+",
            "&",
            "=",
            "#",
            "?",
        ],
        read: query,
    },
    Target {
        name: "slug",
        words: &["api", "portal", "embed.js", "-", ".", "_", "/", "\u{130}", "\u{212a}"],
        read: slug,
    },
    Target {
        name: "user-agent",
        words: &["Mozilla/5.0 (", "bot", "cubot", "curl/", "facebookexternalhit/1.1", "Chrome/140.0.0.0", "^"],
        read: user_agent,
    },
    Target { name: "identifier", words: &["clk_", "link_", "pn_", "0", "7Z", "8"], read: identifier },
    Target { name: "signature", words: &["t=", "v1=", "v0=", ",", "1790000000", "00", "ff"], read: signature },
    Target {
        name: "stripe",
        words: &[
            "{}",
            "[]",
            "null",
            "\"id\":",
            "\"in_1\"",
            "\"type\":",
            "\"invoice.paid\"",
            "\"charge.refunded\"",
            "\"refund.created\"",
            "\"checkout.session.completed\"",
            "\"created\":1790000000",
            "\"data\":{\"object\":{",
            "\"amount_paid\":",
            "\"amount\":",
            "\"currency\":\"isk\"",
            "\"payments\":{\"data\":[{}]}",
            "\"lines\":{\"data\":[{\"period\":{\"start\":1,\"end\":",
            "9007199254740993",
            "-1",
            "1e300",
            "\\u0000",
            ",",
            "}}",
        ],
        read: stripe_event,
    },
    Target {
        name: "fact",
        words: &[
            "{}",
            "null",
            "\"id\":\"f\"",
            "\"type\":\"touch\"",
            "\"type\":\"revenue\"",
            "\"type\":\"lead.created\"",
            "\"type\":\"opportunity.opened\"",
            "\"at\":\"2026-01-05T09:30:00Z\"",
            "\"customer\":\"c\"",
            "\"amount\":",
            "\"currency\":\"usd\"",
            "\"refundOf\":\"in_1\"",
            "\"kind\":\"refund\"",
            "\"utm\":{\"source\":\"s\"}",
            "9007199254740993",
            "-1",
            "\\ud800",
            ",",
        ],
        read: fact,
    },
    Target {
        name: "csv",
        words: &[
            "id,createdAt,amount,currency,customerEmail\n",
            "id;created_at;sale_amount;referral_email\r\n",
            "sep=;\n",
            "\"",
            "\"\"",
            "2026-01-05T09:30:00Z",
            "05/06/2026 9:30 PM",
            "Jan 5, 2026",
            "1769850000",
            "46053.5",
            "1.299,00",
            "$1,299.00",
            "(12.50)",
            "\u{20ac} 1\u{a0}299",
            "usd",
            "a@b.example",
            "refunded",
            "sale",
            "\t",
            ";",
            ",",
            "\n",
        ],
        read: file,
    },
    Target {
        name: "feed",
        words: &["TRBF\u{1}", "TRBF\u{2}", "TRBF\u{3}", "TRBF", "\0", "\u{1}", "\u{7f}", "USD", "/p/"],
        read: whole_feed,
    },
];

const KEYS: &str = "k1:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
/// When the tokens of the corpus hold.
const NOW: Millis = Millis(1_795_000_001_000);

fn shape(parts: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

/// What a header or an address hands on of these bytes.
fn text(input: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(input)
}

/// A length, roughly: inputs that differ in little else are of one shape.
fn size(length: usize) -> u32 {
    usize::BITS - length.leading_zeros()
}

fn token(input: &[u8]) -> u64 {
    let text = text(input);
    let Ok(keys) = Keys::parse(KEYS) else { unreachable!("the keys are good") };
    let said = |error: TokenError| error as u8;
    let click = verify_click(&keys, &text, NOW);
    if let Ok(claim) = &click {
        assert_eq!(sign_click(&keys, claim), text, "one claim has one token");
    }
    let widget = verify_widget(&keys, &text, NOW.time());
    assert!(click.is_err() || widget.is_err(), "a token of two purposes");
    // Keys come from no visitor, but are read in the same way.
    let keys = Keys::parse(&text).is_ok();
    shape((click.err().map(said), widget.err().map(said), keys, size(text.len())))
}

fn cookies(input: &[u8]) -> u64 {
    let header = text(input);
    let names = [cookie::CLICK, cookie::JOURNEY, cookie::VISITOR, cookie::CONSENT, cookie::SESSION];
    let values = names.map(|name| cookie::get(&header, name));
    let journey = values[1].unwrap_or_default();
    let tokens: Vec<&str> = cookie::journey_tokens(journey).collect();
    assert!(tokens.len() <= cookie::JOURNEY_MAX);
    let longer = cookie::extend_journey(journey, "token");
    assert!(longer.ends_with("token") && cookie::journey_tokens(&longer).count() <= cookie::JOURNEY_MAX);
    let visitor = values[2].is_some_and(cookie::is_visitor);
    shape((
        values.map(|value| value.map(|value| size(value.len()))),
        tokens.len(),
        visitor,
        cookie::choice(&header) as u8,
    ))
}

fn query(input: &[u8]) -> u64 {
    let query = text(input);
    let utm = Utm { source: Some("ours".into()), ..Utm::default() };
    let destination = "https://example.com/a?ref=own#end";
    let address = location(destination, &utm, Some("token"), &query);
    assert!(address.starts_with("https://example.com/a?ref=own&") && address.ends_with("#end"), "{address}");
    assert!(address.bytes().all(|byte| byte.is_ascii_graphic()), "{address}");
    let (_, sent) = address.trim_end_matches("#end").split_once('?').unwrap_or_default();
    for (name, ours) in [("ref", "own"), ("utm_source", "ours"), (CLICK_PARAM, "token")] {
        assert_eq!(query_value(sent, name).as_deref(), Some(ours), "{address}");
    }
    let read = Utm::collect(|name| query_value(&query, name));
    assert_eq!(read, read.cleaned());
    let lengths: Vec<_> = read.pairs().map(|(name, value)| (name, size(value.len()))).collect();
    shape((lengths, utm_of(&query).pairs().count(), size(address.len()), query_value(&query, "ref").is_some()))
}

fn slug(input: &[u8]) -> u64 {
    let text = text(input);
    let slug = Slug::new(&text);
    if let Ok(slug) = &slug {
        assert_eq!(Slug::new(slug.as_str()).as_ref(), Ok(slug), "normalised once is normalised");
        assert!(slug.with_suffix("2").is_none_or(|longer| longer.as_str().len() <= Slug::MAX));
    }
    let coupon = Coupon::new(&text);
    if let Ok(coupon) = &coupon {
        assert_eq!(Coupon::new(coupon.as_str()).as_ref(), Ok(coupon), "normalised once is normalised");
    }
    let named = Slug::from_name(&text);
    let length = |text: &str| size(text.len());
    shape((
        slug.as_ref().map(|slug| length(slug.as_str())).map_err(ToString::to_string),
        coupon.as_ref().map(|coupon| length(coupon.as_str())).map_err(ToString::to_string),
        named.map(|slug| length(slug.as_str())),
    ))
}

fn user_agent(input: &[u8]) -> u64 {
    let agent = text(input);
    let kind = bot::kind(&agent);
    assert_eq!(kind, bot::kind(&agent.to_ascii_uppercase()), "the case says nothing");
    shape((kind, bot::is_preview(&agent), size(agent.len())))
}

fn identifier(input: &[u8]) -> u64 {
    let text = text(input);
    let (touch, link, partner) = (text.parse::<TouchId>(), text.parse::<LinkId>(), text.parse::<PartnerId>());
    if let Ok(touch) = touch {
        assert_eq!(touch.to_string(), text, "one identifier has one spelling");
    }
    shape((touch.is_ok(), link.is_ok(), partner.is_ok(), size(text.len())))
}

fn signature(input: &[u8]) -> u64 {
    let header = text(input);
    let read = |body: &[u8]| stripe::verify("whsec_of_nobody", &header, body, Millis(1_790_000_000_000));
    let (one, other) = (read(b"{}"), read(b"[]"));
    assert!(one.is_err() || other.is_err(), "one signature over two bodies");
    shape((one.err().map(|error| error as u8), size(header.len())))
}

fn stripe_event(input: &[u8]) -> u64 {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(input) else { return 0 };
    match stripe::Event::read(&value) {
        Err(fault) => shape(fault.to_string().split_once(':').map(|(field, _)| field.to_owned())),
        Ok(event) => {
            let told = event.told.unwrap_or_default();
            for amount in
                told.refunds.iter().map(|refund| refund.amount).chain(told.sale.iter().map(|sale| sale.amount))
            {
                assert!((1..=AMOUNT_MAX).contains(&amount), "an amount out of bounds");
            }
            let sale = told.sale.as_ref().map(|sale| (sale.kind, sale.recurring, sale.currency.digits()));
            let party = (told.party.stripe.is_some(), told.party.external.is_some(), told.party.email.is_some());
            shape((event.kind, sale, party, told.refunds.len(), told.paid.len(), told.click.is_some()))
        }
    }
}

fn fact(input: &[u8]) -> u64 {
    let Ok(raw) = serde_json::from_slice::<RawFact>(input) else { return 0 };
    match Fact::try_from(raw) {
        Err(fault) => shape((fault.field, size(fault.rule.len()))),
        Ok(fact) => {
            let key = fact.economic_key();
            assert!(key.starts_with("fact:") || key.starts_with("invoice:"), "a key of no kind");
            shape((core::mem::discriminant(&fact.what), size(key.len())))
        }
    }
}

fn file(input: &[u8]) -> u64 {
    let Ok((encoding, text)) = encoding::decode(input) else { return 0 };
    let table = match Table::read(&text) {
        Err(fault) => return shape((encoding.name(), size(fault.rule.len()))),
        Ok(table) => table,
    };
    assert!(table.rows.windows(2).all(|pair| pair[0].line < pair[1].line), "two rows on one line");
    let mappings = Preset::ALL.into_iter().filter_map(|preset| preset.mapping(&table.header).ok());
    let told: Vec<_> = mappings
        .chain([Mapping::default()])
        .map(|mapping| match csv::readings(&table, &mapping, Currency::USD) {
            Err(fault) => Err((fault.field, size(fault.rule.len()))),
            Ok((recognised, outcomes)) => {
                assert_eq!(outcomes.len(), table.rows.len(), "every row is told of");
                for reading in outcomes.iter().flatten() {
                    if let Said::Sale { amount, back, .. } = &reading.what {
                        assert!(
                            (1..=AMOUNT_MAX).contains(amount) && (0..=*amount).contains(back),
                            "an amount out of bounds"
                        );
                    }
                }
                let fields: Vec<_> =
                    outcomes.iter().take(4).map(|row| row.as_ref().err().map(|bad| bad.field)).collect();
                Ok((
                    format!("{:?} {fields:?}", (recognised.decimal, recognised.units, recognised.dates)),
                    outcomes.len().min(4),
                ))
            }
        })
        .collect();
    shape((encoding.name(), table.separator, table.header.len().min(9), told))
}

fn whole_feed(input: &[u8]) -> u64 {
    match feed::decode(input) {
        Err(FeedError::Broken(broken)) => shape((1, broken.to_string())),
        Err(error) => shape((2, core::mem::discriminant(&error), size(input.len()))),
        Ok(read) => {
            assert_eq!(feed::decode(&feed::encode(&read)).as_ref(), Ok(&read), "what is read is read back");
            shape((3, read.log.touches.at.len().min(9), read.log.revenue.at.len().min(9), size(input.len())))
        }
    }
}
