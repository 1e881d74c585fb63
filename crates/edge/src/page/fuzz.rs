//! The form under `cargo xtask fuzz form`, and under its corpus with every unit test.

#[path = "../../../xtask/src/fuzz/driver.rs"]
mod driver;

use super::form::{Faults, Typed, questions};
use driver::Target;
use std::{fs, path::Path};
use wire::page;

const FORM: Target = Target {
    name: "form",
    words: &[
        "name=", "email=", "company=", "message=", "trb_id=", "form_id=", "coupon=", "&", "=", "%40", "%", "+",
        "a@b.c", "%0D%0A",
    ],
    read,
};

fn read(input: &[u8]) -> u64 {
    let typed = Typed::parse(input);
    let asked = questions(&page::Form::default());
    let checked = typed.check(&asked);
    let faults = checked.clone().err().unwrap_or_default();
    let shown = typed.fields(&asked, &faults);
    assert_eq!(shown.iter().filter(|field| field.fault.is_some()).count(), faults.len(), "each fault has its field");
    if let Ok(checked) = checked {
        assert!(!checked.name.is_empty() && checked.email.contains('@'));
    }
    let values = shown.iter().map(|field| field.value.len());
    let kept =
        [&typed.token, &typed.form_id, &typed.coupon, &typed.turnstile, &typed.trap].into_iter().map(String::len);
    shape(values.chain(kept).chain([typed.others(&asked).len()]), &faults)
}

/// Which fields hold something, roughly how much, and what is wrong with them.
fn shape(sizes: impl Iterator<Item = usize>, faults: &Faults) -> u64 {
    let sizes = sizes.fold(0, |sizes, size| sizes << 4 | u64::from(usize::BITS - size.leading_zeros()));
    faults.iter().fold(sizes, |sum, (_, rule)| sum.wrapping_mul(31).wrapping_add(rule.len() as u64))
}

#[test]
fn fuzz_the_form() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/fuzz/form");
    let mut corpus = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        corpus.extend(driver::parse(&fs::read_to_string(entry.path()).unwrap_or_default()));
    }
    assert!(corpus.len() >= 5, "the form has a corpus");
    let asked = std::env::var("TRIBUTARY_FUZZ").unwrap_or_else(|_| "5000 7".into());
    let mut numbers = asked.split_whitespace().map(|number| number.parse().unwrap_or(0));
    let (cases, seed) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    match driver::run(&FORM, &corpus, cases, seed) {
        Ok(found) => println!("  {}: {cases} cases, no panic; {} show something new", FORM.name, found.len()),
        Err(failure) => unreachable!("the form panics on {}", driver::line(&failure.0)),
    }
}
