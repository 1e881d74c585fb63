use engine::{
    money::Currency,
    period::Zone,
    time::{Millis, Time},
};

use super::{
    amount::{Decimal, Habit},
    date::Moment,
    encoding::{Encoding, decode},
    mapping::{Dates, Field, Mapping, Units},
    preset::{Preset, bare},
    readings,
    row::Said,
    table::Table,
};
use crate::fact::write_time;

fn currency(code: &str) -> Currency {
    code.parse().unwrap_or(Currency::USD)
}

fn wide(text: &str, join: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(join).collect()
}

#[test]
fn encodings() {
    let text = "name;é€\r\nß;„x“";
    let marked = |mark: &[u8], bytes: Vec<u8>| [mark, &bytes].concat();
    for (bytes, expect) in [
        (text.as_bytes().to_vec(), Encoding::Utf8),
        (marked(b"\xef\xbb\xbf", text.as_bytes().to_vec()), Encoding::Utf8),
        (wide(text, u16::to_le_bytes), Encoding::Utf16Le),
        (wide(text, u16::to_be_bytes), Encoding::Utf16Be),
        (marked(b"\xff\xfe", wide(text, u16::to_le_bytes)), Encoding::Utf16Le),
        (marked(b"\xfe\xff", wide(text, u16::to_be_bytes)), Encoding::Utf16Be),
        (b"name;\xe9\x80\r\n\xdf;\x84x\x93".to_vec(), Encoding::Windows1252),
    ] {
        assert_eq!(decode(&bytes), Ok((expect, text.to_owned())), "{expect:?}");
    }
    for bytes in [b"PK\x03\x04rest".to_vec(), b"a\0\x01\x02b".to_vec(), b"\xff\xfea\0b".to_vec(), b"\x81\xff".to_vec()]
    {
        let fault = decode(&bytes).map_err(|fault| fault.field);
        assert_eq!(fault.map(|_| ()), Err("file"), "{bytes:?}");
    }
}

#[test]
fn separators_and_quotes() {
    for (text, separator, header, row) in [
        ("a,b\n1,2", ',', vec!["a", "b"], vec!["1", "2"]),
        ("a;b\r\n1,5;2\r\n", ';', vec!["a", "b"], vec!["1,5", "2"]),
        ("a\tb\n1\t2\n\n", '\t', vec!["a", "b"], vec!["1", "2"]),
        ("a|b|c\n1|2|3", '|', vec!["a", "b", "c"], vec!["1", "2", "3"]),
        ("sep=;\na;b\n1;2", ';', vec!["a", "b"], vec!["1", "2"]),
        ("\"a,x\";b\n\"1\n;\"\"2\";2", ';', vec!["a,x", "b"], vec!["1\n;\"2", "2"]),
        ("one\nvalue", ',', vec!["one"], vec!["value"]),
        ("a, b \n x , y", ',', vec!["a", "b"], vec!["x", "y"]),
        ("a,b\r1,2\r", ',', vec!["a", "b"], vec!["1", "2"]),
        ("when,what\n\"Jan 1, 2026\",x\n\"Jan 2, 2026\",y", ',', vec!["when", "what"], vec!["Jan 1, 2026", "x"]),
    ] {
        let table = Table::read(text).map_err(|fault| fault.to_string());
        let got = table.map(|t| (char::from(t.separator), t.header, t.rows[0].cells.clone()));
        let own = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(got, Ok((separator, own(header), own(row))), "{text:?}");
    }
    let lines = |text: &str| Table::read(text).map(|t| t.rows.iter().map(|row| row.line).collect::<Vec<_>>());
    for (text, expect) in [
        ("a,b\n\n1,2\n\"x\ny\",2\n3,4\n", vec![3, 4, 6]),
        ("a,b\r\n1,2\r\n\r\n3,4", vec![2, 4]),
        ("\n\na,b\n1,2\n,\n3,4", vec![4, 6]),
        ("sep=;\na;b\n1;2", vec![3]),
        ("a,b\r1,2\r3,4\r", vec![2, 3]),
    ] {
        assert_eq!(lines(text), Ok(expect), "{text:?}");
    }
    for (text, rule) in [
        ("", "header"),
        ("\n \n", "header"),
        ("a,b\n", "rows below"),
        ("a,b\n1,\"2\n3,4", "line 2: a quotation mark is not closed"),
        ("a,a\n1,2", "two columns"),
        (&"x,".repeat(300), "200 columns"),
        (&"x\n".repeat(5_002), "5000 rows"),
    ] {
        let fault = Table::read(text).map_err(|fault| fault.to_string());
        assert!(fault.as_ref().is_err_and(|fault| fault.contains(rule)), "{rule}: {fault:?}");
    }
}

#[test]
fn amounts() {
    let read = |cells: &[&str], units: Units, code: &str| {
        let habit = Habit::of(cells.iter().copied(), None, Some(units), currency(code).digits());
        let habit = habit.map_err(|fault| fault.to_string())?;
        let read = |cell: &&str| habit.read(Field::Amount, cell, None, currency(code)).map_err(|bad| bad.rule);
        cells
            .iter()
            .map(read)
            .map(|got| got.map(|(amount, of)| format!("{amount} {of}")))
            .collect::<Result<Vec<_>, _>>()
    };
    let major = Units::Major;
    for (cells, units, code, expect) in [
        (&["1,299.00", "5"][..], major, "USD", &["129900 USD", "500 USD"][..]),
        (&["1.299,00", "5,5"], major, "EUR", &["129900 EUR", "550 EUR"]),
        (&["€ 1 299,00", "12,50 €"], major, "USD", &["129900 EUR", "1250 EUR"]),
        (&["$1,299.00", "-$3.10", "$ .50"], major, "CAD", &["129900 CAD", "-310 CAD", "50 CAD"]),
        (&["(12.50)", "12.50-", "\u{2212}12.50"], major, "USD", &["-1250 USD", "-1250 USD", "-1250 USD"]),
        (&["1'299.00", "1\u{a0}299.00", "1\u{202f}299.00"], major, "CHF", &["129900 CHF", "129900 CHF", "129900 CHF"]),
        (&["CHF 10.00", "10.00 CHF", "-10.00 CHF"], major, "USD", &["1000 CHF", "1000 CHF", "-1000 CHF"]),
        (&["1,00,000.00"], major, "INR", &["10000000 INR"]),
        (&["1,299", "2,000,000"], major, "USD", &["129900 USD", "200000000 USD"]),
        (&["1.299"], major, "EUR", &["129900 EUR"]),
        (&["1.299", "0.5"], major, "KWD", &["1299 KWD", "500 KWD"]),
        (&["1299", "5"], major, "USD", &["129900 USD", "500 USD"]),
        (&["1299", "5.0"], Units::Minor, "USD", &["1299 USD", "5 USD"]),
        (&["1299", "500"], Units::Auto, "USD", &["1299 USD", "500 USD"]),
        (&["$1299", "5.00", "0"], Units::Auto, "USD", &["129900 USD", "500 USD", "0 USD"]),
        (&["1299", "$500"], Units::Open, "USD", &["129900 USD", "50000 USD"]),
        (&["1299", "5.00"], Units::Open, "USD", &["129900 USD", "500 USD"]),
        (&["12.5000"], major, "USD", &["1250 USD"]),
        (&["1500"], major, "JPY", &["1500 JPY"]),
    ] {
        assert_eq!(read(cells, units, code), Ok(expect.iter().map(|s| (*s).to_owned()).collect()), "{cells:?}");
    }
    for (cells, units, code, rule) in [
        (&["1,5", "1.5"][..], major, "USD", "decimal: some amounts"),
        (&["1.299"], major, "KWD", "decimal: \"1.299\""),
        (&["2,500", "3.750"], major, "USD", "decimal: \"2,500\" and \"3.750\""),
        (&["3.750", "1.50"], major, "USD", "at most 2 digits"),
        (&["129900", "5000.5"], Units::Auto, "USD", "units: \"5000.5\""),
        (&["129900", "$5"], Units::Auto, "USD", "units: \"$5\""),
        (&["1299", "0"], Units::Open, "USD", "units: \"1299\""),
        (&["$1,299.00"], major, "EUR", "the sign $"),
        (&["¥1299"], major, "USD", "the sign ¥"),
        (&["12.345.6"], major, "USD", "groups of three"),
        (&["1.005", "1.5"], major, "USD", "at most 2 digits"),
        (&["1.5"], Units::Minor, "USD", "whole number of minor units"),
        (&["1.5"], major, "JPY", "at most 0 digits"),
        (&["free"], major, "USD", "must be an amount"),
        (&["12 per month"], major, "USD", "must be an amount"),
        (&["XYZ 12"], major, "USD", "must be an amount"),
        (&["99999999999999999999"], major, "USD", "ten to the fifteenth"),
        (&["1,2,3"], major, "USD", "groups of three"),
        (&["1e5"], major, "USD", "must be an amount"),
    ] {
        let got = read(cells, units, code);
        assert!(got.as_ref().is_err_and(|got| got.contains(rule)), "{cells:?}: {got:?}");
    }
    let said = Habit::of(["1.299"].into_iter(), Some(Decimal::Point), Some(major), 3);
    assert_eq!(said.map(|habit| habit.decimal), Ok(Some(Decimal::Point)));
}

#[test]
fn dates() {
    let zone = Zone::new(vec![(Time(0), 3600)]);
    let read = |cells: &[&str]| {
        let habit = Dates::of(cells.iter().copied()).map_err(|fault| fault.to_string())?;
        let read = |cell: &&str| habit.read(Field::At, cell).map_err(|bad| bad.rule);
        let times: Result<Vec<String>, String> =
            cells.iter().map(read).map(|got| got.map(|moment| write_time(moment.in_zone(&zone)))).collect();
        times.map(|times| format!("{} {}", habit.word(), times.join(" ")))
    };
    for (cells, expect) in [
        (&["2026-01-31T09:30:00Z"][..], "iso 2026-01-31T09:30:00.000Z"),
        (&["2026-01-31T09:30:00.123+02:00"], "iso 2026-01-31T07:30:00.123Z"),
        (
            &["2026-01-31 09:30:15 UTC", "2026-01-31 09:30:15 -0500"],
            "iso 2026-01-31T09:30:15.000Z 2026-01-31T14:30:15.000Z",
        ),
        (&["2026-01-31", "2026/02/01 10:00"], "iso 2026-01-30T23:00:00.000Z 2026-02-01T09:00:00.000Z"),
        (&["12/31/2025", "01/02/2026"], "month_first 2025-12-30T23:00:00.000Z 2026-01-01T23:00:00.000Z"),
        (&["31/12/2025", "01/02/2026"], "day_first 2025-12-30T23:00:00.000Z 2026-01-31T23:00:00.000Z"),
        (&["31.12.2025 14:05", "1.2.26"], "day_first 2025-12-31T13:05:00.000Z 2026-01-31T23:00:00.000Z"),
        (&["05/05/2026"], "day_first 2026-05-04T23:00:00.000Z"),
        (
            &["12/31/2025 9:05 PM", "12/31/2025 12:00 AM"],
            "month_first 2025-12-31T20:05:00.000Z 2025-12-30T23:00:00.000Z",
        ),
        (&["Nov 5, 2026", "5 November 2026 at 9:30 AM"], "named 2026-11-04T23:00:00.000Z 2026-11-05T08:30:00.000Z"),
        (&["1769850000"], "seconds 2026-01-31T09:00:00.000Z"),
        (&["1769850000123"], "millis 2026-01-31T09:00:00.123Z"),
        (&["46053", "46053.5"], "serial 2026-01-30T23:00:00.000Z 2026-01-31T11:00:00.000Z"),
    ] {
        assert_eq!(read(cells), Ok(expect.to_owned()), "{cells:?}");
    }
    for (cells, rule) in [
        (&["03/04/2026"][..], "dates: \"03/04/2026\" may begin with its day or its month"),
        (&["05/05/2026", "03/04/2026"], "dates: \"03/04/2026\""),
        (&["13/02/2026", "03/14/2026"], "dates: \"13/02/2026\" begins with its day and \"03/14/2026\" with its month"),
        (&["2026-02-30"], "must be a date"),
        (&["2026-01-31T25:00"], "must be a date"),
        (&["1969-01-01"], "must be a date"),
        (&["yesterday"], "must be a date"),
        (&["13/13/2026"], "must be a date"),
        (&["2026-01-31T09:30:00+9"], "must be a date"),
        (&["12345"], "must be a date"),
    ] {
        let got = read(cells);
        assert!(got.as_ref().is_err_and(|got| got.contains(rule)), "{cells:?}: {got:?}");
    }
    // Clocks went from 02:00 to 03:00 at this second: what they show behind it is an hour earlier in UTC.
    let summer = Zone::new(vec![(Time(0), 3600), (Time(1_774_746_000), 7200)]);
    let shown = |text: &str| Dates::Iso.read(Field::At, text).map(|moment| moment.in_zone(&summer));
    assert_eq!(shown("2026-03-29 01:59:59"), Ok(Millis(1_774_745_999_000)));
    assert_eq!(shown("2026-03-29 03:00:00"), Ok(Millis(1_774_746_000_000)));
    assert_eq!(Dates::Iso.read(Field::At, "2026-01-01T00:00:00Z"), Ok(Moment::At(Millis(1_767_225_600_000))));
}

#[test]
fn presets_find_their_columns() {
    for (preset, header, expect) in [
        (Preset::Dub, "ID,Type,Amount,Currency,Status,Invoice ID,Created at,Partner email,Customer external ID", 9),
        (Preset::Dub, "id,type,amount,earnings,currency,invoiceId,createdAt,partnerEmail,customerEmail", 8),
        (Preset::PartnerStack, "Customer name,Customer email,Transaction amount,Created,Partner email", 5),
        (Preset::Rewardful, "Sale ID,Charged At,Sale Amount,Currency,Stripe Customer ID,Affiliate Email", 6),
        (Preset::FirstPromoter, "event_id,created_at,sale_amount,referral_email,promoter_email,ref_token", 6),
    ] {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        assert_eq!(preset.mapping(&header).map(|mapping| mapping.columns.len()), Ok(expect), "{preset:?}");
    }
    let odd = Preset::Dub.mapping(&["ID".to_owned(), "Created at".to_owned()]).map_err(|fault| fault.to_string());
    assert!(odd.is_err_and(|fault| fault.contains("customerexternalid") && fault.contains("this file has ID")));
    assert_eq!(bare("Invoice ID "), bare("invoice_id"));
    assert!(Preset::ALL.iter().all(|preset| Preset::from_word(preset.word()) == Ok(*preset)));
}

#[test]
fn rows_say_what_they_say_or_which_cell_does_not() {
    let header = "type,id,at,amount,currency,status,customer,email,of,every";
    let columns = [
        (Field::Type, "type"),
        (Field::Id, "id"),
        (Field::At, "at"),
        (Field::Amount, "amount"),
        (Field::Currency, "currency"),
        (Field::Status, "status"),
        (Field::Customer, "customer"),
        (Field::Email, "email"),
        (Field::RefundOf, "of"),
        (Field::Recurring, "every"),
    ];
    let mapping =
        Mapping { columns: columns.map(|(field, name)| (field, name.to_owned())).into(), ..Mapping::default() };
    let read = |row: &str| {
        let text = format!("{header}\n{row}\nsale,x,2026-01-01,1.50,usd,,c,,,");
        let table = Table::read(&text).map_err(|fault| fault.to_string())?;
        let (_, outcomes) = readings(&table, &mapping, Currency::USD).map_err(|fault| fault.to_string())?;
        outcomes[0].clone().map_err(|bad| format!("{:?}: {}", bad.field, bad.rule))
    };
    let sale =
        read("sale,1,2026-01-01,2.50,eur,paid,c,A@B.example,,monthly").map(|reading| (reading.what, reading.customer));
    let Ok((Said::Sale { amount: 250, back: 0, recurring: Some(every), .. }, who)) = sale else {
        unreachable!("{sale:?}")
    };
    assert_eq!((every.as_str(), who.email.as_deref()), ("month", Some("a@b.example")));
    let given = read("sale,1,2026-01-01,2.50,eur,Refunded,c,,,").map(|reading| reading.what);
    assert!(matches!(given, Ok(Said::Sale { back: 250, .. })), "{given:?}");
    let refund = read("refund,1,2026-01-01,-2.50,eur,,c,,in_1,").map(|reading| reading.what);
    assert!(matches!(refund, Ok(Said::Refund { amount: 250, .. })), "{refund:?}");
    assert!(read("lead,1,2026-01-01,,,,,a@b.example,,").is_ok_and(|reading| reading.what == Said::Lead));
    for (row, expect) in [
        ("sale,1,2026-01-01", "None: must have 10 cells"),
        ("click,1,2026-01-01,1,usd,,c,,,", "Some(Type)"),
        ("referral,1,2026-01-01,1,usd,,c,,,", "Some(Type)"),
        ("sale,1,soon,1,usd,,c,,,", "Some(At)"),
        ("sale,1,,1,usd,,c,,,", "Some(At): is required"),
        ("sale,1,2026-01-01,,usd,,c,,,", "Some(Amount): is required"),
        ("sale,1,2026-01-01,0,usd,,c,,,", "Some(Amount): must be above zero"),
        ("sale,1,2026-01-01,-1,usd,,c,,,", "Some(Amount): must be above zero"),
        ("sale,1,2026-01-01,1,dollars,,c,,,", "Some(Currency)"),
        ("sale,1,2026-01-01,€1,usd,,c,,,", "Some(Amount): must be in the currency"),
        ("sale,1,2026-01-01,1,usd,fraud,c,,,", "Some(Status)"),
        ("sale,1,2026-01-01,1,usd,,,,,", "Some(Customer)"),
        ("sale,1,2026-01-01,1,usd,,two words,,,", "Some(Customer)"),
        ("sale,1,2026-01-01,1,usd,,,nobody,,", "Some(Email)"),
        ("refund,1,2026-01-01,1,usd,,c,,,", "Some(RefundOf)"),
        ("sale,1,2026-01-01,1,usd,,c,,,weekly", "Some(Recurring)"),
    ] {
        let got = read(row);
        assert!(got.as_ref().is_err_and(|got| got.starts_with(expect)), "{row}: {got:?}");
    }
    let none = Mapping { columns: [(Field::At, "when".to_owned())].into(), ..Mapping::default() };
    let table = Table::read("at,amount\n2026-01-01,1");
    let fault = table.and_then(|table| readings(&table, &none, Currency::USD)).map_err(|fault| fault.field);
    assert_eq!(fault.map(|_| ()), Err("mapping.columns"));
}
