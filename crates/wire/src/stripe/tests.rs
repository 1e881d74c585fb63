use super::*;
use serde_json::json;

const AT: u64 = 1_790_000_000;

fn read(kind: &str, object: &Value) -> Result<Option<Told>, String> {
    let event = json!({ "id": "evt_1", "type": kind, "created": AT, "data": { "object": object } });
    Event::read(&event).map(|event| event.told).map_err(|fault| fault.to_string())
}

fn sale(object: &Value) -> Option<Sale> {
    read("invoice.paid", object).ok().flatten().and_then(|told| told.sale)
}

#[test]
fn signatures() {
    let (secret, body, now) = ("whsec_test", br#"{"id":"evt_1"}"#.as_slice(), Millis(AT * 1000));
    let sign = |secret: &str, time: u64| {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).unwrap_or_else(|_| unreachable!());
        mac.update(time.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let good = sign(secret, AT);
    for (header, expect) in [
        (format!("t={AT},v1={good}"), Ok(())),
        (format!(" v1={good} , t={AT}"), Ok(())),
        (format!("t={AT},v1={},v0=x,v1={good}", sign("other", AT)), Ok(())),
        (format!("t={AT},v1={}", good.to_uppercase()), Ok(())),
        (format!("t={},v1={}", AT - 300, sign(secret, AT - 300)), Ok(())),
        (format!("t={},v1={}", AT - 301, sign(secret, AT - 301)), Err(BadSignature::Stale)),
        (format!("t={},v1={}", AT + 301, sign(secret, AT + 301)), Err(BadSignature::Stale)),
        (format!("t={AT},v1={}", sign("other", AT)), Err(BadSignature::Wrong)),
        (format!("t={},v1={good}", AT + 1), Err(BadSignature::Wrong)),
        (format!("t={AT},v1={}", "ä".repeat(32)), Err(BadSignature::Malformed)),
        (format!("t={AT},v1={}", &good[1..]), Err(BadSignature::Malformed)),
        (format!("t={AT}"), Err(BadSignature::Malformed)),
        (format!("t=,v1={good}"), Err(BadSignature::Malformed)),
        (String::new(), Err(BadSignature::Malformed)),
    ] {
        assert_eq!(verify(&format!("whsec_gone, {secret}"), &header, body, now), expect, "{header}");
    }
    assert_eq!(verify(" , ", &format!("t={AT},v1={}", sign("", AT)), body, now), Err(BadSignature::Wrong));
}

#[test]
fn kinds_of_invoices() {
    for (reason, kind) in [
        ("subscription_create", RevenueKind::New),
        ("subscription_cycle", RevenueKind::Renewal),
        ("subscription_threshold", RevenueKind::Renewal),
        ("subscription_update", RevenueKind::Expansion),
        ("manual", RevenueKind::New),
        ("what comes next year", RevenueKind::New),
    ] {
        let object = json!({ "id": "in_1", "amount_paid": 5, "currency": "eur", "billing_reason": reason });
        assert_eq!(sale(&object).map(|sale| sale.kind), Some(kind), "{reason}");
    }
    assert_eq!(sale(&json!({ "id": "in_1", "amount_paid": 0 })), None);
}

#[test]
fn intervals() {
    let day = 86_400;
    let item = |days: i64| json!({ "subscription": "sub_1", "period": { "start": 0, "end": days * day } });
    let price = |interval: &str, count: u64| json!({ "price": { "recurring": { "interval": interval, "interval_count": count } } });
    let newer = json!({ "parent": { "subscription_item_details": { "subscription": "sub_1" } }, "period": { "start": 0, "end": 365 * day } });
    let proration = json!({ "proration": true, "price": { "recurring": { "interval": "year" } } });
    for (lines, expect) in [
        (vec![price("month", 1)], Some("month")),
        (vec![price("year", 1)], Some("year")),
        (vec![price("month", 12)], Some("year")),
        (vec![price("month", 3)], None),
        (vec![price("week", 1)], None),
        (vec![json!({ "plan": { "interval": "month" } })], Some("month")),
        (vec![item(28)], Some("month")),
        (vec![item(31)], Some("month")),
        (vec![item(366)], Some("year")),
        (vec![item(90)], None),
        (vec![item(-1)], None),
        (vec![newer], Some("year")),
        (vec![json!({ "period": { "start": 0, "end": 30 * day } })], None),
        (vec![proration, item(30)], Some("month")),
        (vec![], None),
    ] {
        let object = json!({ "id": "in_1", "amount_paid": 5, "currency": "eur", "lines": { "data": lines } });
        assert_eq!(sale(&object).and_then(|sale| sale.recurring), expect, "{object}");
    }
}

#[test]
fn amounts_are_minor_units_of_the_currency() {
    for (currency, sent, expect) in [
        ("usd", 129, Some(129)),
        ("jpy", 500, Some(500)),
        ("kwd", 5120, Some(5120)),
        ("isk", 500, Some(5)),
        ("ugx", 500, Some(5)),
        ("mga", 5, Some(500)),
        ("isk", 50, None),
        ("mga", AMOUNT_MAX, None),
    ] {
        let object = json!({ "id": "in_1", "amount_paid": sent, "currency": currency });
        assert_eq!(sale(&object).map(|sale| sale.amount), expect, "{currency} {sent}");
    }
}

#[test]
fn who_it_is_and_by_which_click() {
    let details = json!({ "email": " Bea@Buyer.example", "name": " Bea\u{7} Buyer " });
    let newer = json!({ "subscription_details": { "metadata": { "trb_customer": "c1", "dub_id": "t" } } });
    for (kind, object, external, email, click) in [
        ("checkout.session.completed", json!({ "id": "cs_1", "client_reference_id": "t" }), None, None, Some("t")),
        (
            "checkout.session.completed",
            json!({ "id": "cs_1", "client_reference_id": "t", "metadata": { "trb_id": "u" } }),
            None,
            None,
            Some("u"),
        ),
        (
            "checkout.session.completed",
            json!({ "id": "cs_1", "customer_details": details, "metadata": { "dubCustomerExternalId": "c1" } }),
            Some("c1"),
            Some("bea@buyer.example"),
            None,
        ),
        ("invoice.paid", json!({ "id": "in_1", "amount_paid": 0, "parent": newer }), Some("c1"), None, Some("t")),
        (
            "invoice.paid",
            json!({ "id": "in_1", "amount_paid": 0, "subscription_details": { "metadata": { "dubCustomerId": "c2" } }, "customer_email": "no" }),
            Some("c2"),
            None,
            None,
        ),
        (
            "customer.updated",
            json!({ "id": "cus_1", "metadata": { "trb_customer": "c 1", "trb_id": "t" } }),
            None,
            None,
            Some("t"),
        ),
    ] {
        let told = read(kind, &object).ok().flatten().unwrap_or_default();
        let got = (told.party.external.as_deref(), told.party.email.as_deref(), told.click.as_deref());
        assert_eq!(got, (external, email, click), "{object}");
    }
    let expanded = read("invoice.paid", &json!({ "id": "in_1", "amount_paid": 0, "customer": { "id": "cus_1" } }));
    assert_eq!(expanded.ok().flatten().and_then(|told| told.party.stripe).as_deref(), Some("cus_1"));
}

#[test]
fn which_invoice_a_payment_pays() {
    let paid = |kind: &str, object: &Value| -> Vec<String> {
        let told = read(kind, object).ok().flatten().unwrap_or_default();
        told.paid.into_iter().map(|paid| format!("{} {}", paid.payment, paid.invoice)).collect()
    };
    let payment = json!({ "type": "payment_intent", "payment_intent": "pi_1" });
    let older = json!({ "id": "in_1", "amount_paid": 0, "payment_intent": "pi_1", "charge": { "id": "ch_1" } });
    assert_eq!(paid("invoice.paid", &older), ["pi_1 in_1", "ch_1 in_1"]);
    let expanded = json!({ "id": "in_1", "amount_paid": 0, "payments": { "data": [{ "payment": payment }] } });
    assert_eq!(paid("invoice.paid", &expanded), ["pi_1 in_1"]);
    assert_eq!(paid("invoice_payment.paid", &json!({ "invoice": "in_1", "payment": payment })), ["pi_1 in_1"]);
    let charge = json!({ "id": "ch_1", "invoice": "in_1", "amount_refunded": 0 });
    assert_eq!(paid("charge.refunded", &charge), ["ch_1 in_1"]);
    let session = json!({ "id": "cs_1", "mode": "payment", "payment_status": "paid", "payment_intent": "pi_1", "invoice": "in_1" });
    assert_eq!(paid("checkout.session.completed", &session), ["pi_1 in_1", "cs_1 in_1"]);
    assert_eq!(read("checkout.session.completed", &session).map(|told| told.and_then(|told| told.sale)), Ok(None));
    let session = json!({ "id": "cs_1", "mode": "payment", "payment_status": "paid", "payment_intent": "pi_1", "amount_total": 5, "currency": "usd" });
    assert_eq!(paid("checkout.session.completed", &session), ["cs_1 pi_1"]);
}

#[test]
fn refunds_and_disputes() {
    let object =
        |status: &str| json!({ "id": "re_1", "amount": 5, "currency": "usd", "charge": "ch_1", "status": status });
    for (kind, status, expect) in [
        ("refund.created", "succeeded", Some((RefundKind::Refund, RefundState::Succeeded))),
        ("refund.created", "pending", Some((RefundKind::Refund, RefundState::Pending))),
        ("refund.updated", "requires_action", Some((RefundKind::Refund, RefundState::Pending))),
        ("refund.failed", "failed", Some((RefundKind::Refund, RefundState::Failed))),
        ("charge.refund.updated", "canceled", Some((RefundKind::Refund, RefundState::Failed))),
        ("charge.dispute.closed", "lost", Some((RefundKind::Dispute, RefundState::Succeeded))),
        ("charge.dispute.closed", "won", None),
        ("charge.dispute.closed", "warning_closed", None),
        ("charge.dispute.created", "needs_response", None),
    ] {
        let told = read(kind, &object(status)).ok().flatten().unwrap_or_default();
        assert_eq!(told.refunds.first().map(|refund| (refund.kind, refund.state)), expect, "{kind} {status}");
    }
    let charge = json!({ "id": "ch_1", "payment_intent": "pi_1", "amount_refunded": 7, "currency": "usd",
        "refunds": { "data": [object("succeeded")] } });
    let told = read("charge.refunded", &charge).ok().flatten().unwrap_or_default();
    let refunds: Vec<_> = told.refunds.iter().map(|refund| (refund.source.as_str(), refund.payment.as_str())).collect();
    assert_eq!(refunds, [("ch_1:7", "pi_1"), ("re_1", "pi_1")]);
}
