// Events of Stripe, in the shapes of its API of today and of the one before, signed by its official client.

import Stripe from "stripe";

export const SECRET = "whsec_test_of_the_endpoint";
const stripe = new Stripe("sk_test_unused");

/** The header that Stripe would send with this body. */
export const header = (payload, { secret = SECRET, timestamp } = {}) =>
  stripe.webhooks.generateTestHeaderString({ payload, secret, ...(timestamp && { timestamp }) });

/** Sends an event; answers status and body. */
export async function send(t, event, { payload = JSON.stringify(event), signature = header(payload) } = {}) {
  const headers = { "content-type": "application/json; charset=utf-8", ...(signature && { "stripe-signature": signature }) };
  const response = await t.fetch("/api/hooks/stripe", { method: "POST", headers, body: payload });
  return { status: response.status, body: await response.json() };
}

let number = 0;
/** An event of this type about this object, `created` at a second. */
export const event = (type, created, object) => ({
  id: `evt_${++number}`,
  object: "event",
  api_version: "2025-09-30.clover",
  created,
  livemode: true,
  type,
  data: { object },
});

export const checkout = (created, more = {}) =>
  event("checkout.session.completed", created, {
    id: "cs_1",
    object: "checkout.session",
    mode: "subscription",
    payment_status: "paid",
    client_reference_id: null,
    customer: "cus_1",
    customer_details: { email: "Bea@Buyer.example", name: "Bea Buyer" },
    invoice: "in_1",
    payment_intent: null,
    amount_total: 12_900,
    currency: "usd",
    metadata: {},
    ...more,
  });

/** A single payment, which no invoice brings. */
export const purchase = (created, more = {}) =>
  checkout(created, { mode: "payment", invoice: null, payment_intent: "pi_1", ...more });

const MONTH = 30 * 86_400;
const line = (at) => ({
  object: "line_item",
  amount: 12_900,
  period: { start: at, end: at + MONTH },
  parent: { type: "subscription_item_details", subscription_item_details: { subscription: "sub_1", proration: false } },
  pricing: { type: "price_details", price_details: { price: "price_1", product: "prod_1" } },
});

/** An invoice since 2025-03-31. */
export const invoice = (created, more = {}) =>
  event("invoice.paid", created, {
    id: "in_1",
    object: "invoice",
    amount_paid: 12_900,
    currency: "usd",
    billing_reason: "subscription_create",
    customer: "cus_1",
    customer_email: "bea@buyer.example",
    customer_name: "Bea Buyer",
    parent: { type: "subscription_details", subscription_details: { subscription: "sub_1", metadata: {} } },
    lines: { object: "list", data: [line(created)] },
    status_transitions: { paid_at: created },
    metadata: {},
    ...more,
  });

/** An invoice before that. */
export const oldInvoice = (created, more = {}) => {
  const { parent, lines, ...rest } = invoice(created).data.object;
  const price = { object: "price", recurring: { interval: "month", interval_count: 1 } };
  const data = [{ object: "line_item", subscription: "sub_1", proration: false, price, period: lines.data[0].period }];
  const older = { ...rest, subscription: "sub_1", subscription_details: { metadata: {} }, payment_intent: "pi_1", charge: "ch_1" };
  return event("invoice.paid", created, { ...older, lines: { object: "list", data }, ...more });
};

export const paid = (created, more = {}) =>
  event("invoice_payment.paid", created, {
    id: "inpay_1",
    object: "invoice_payment",
    invoice: "in_1",
    amount_paid: 12_900,
    status: "paid",
    payment: { type: "payment_intent", payment_intent: "pi_1" },
    ...more,
  });

export const refund = (created, id, amount, more = {}, type = "refund.created") =>
  event(type, created, {
    id,
    object: "refund",
    amount,
    currency: "usd",
    charge: "ch_1",
    payment_intent: "pi_1",
    status: "succeeded",
    created,
    ...more,
  });

/** What was given back of the charge in all. */
export const refunded = (created, total, more = {}) =>
  event("charge.refunded", created, {
    id: "ch_1",
    object: "charge",
    amount: 12_900,
    amount_refunded: total,
    currency: "usd",
    customer: "cus_1",
    payment_intent: "pi_1",
    refunded: total === 12_900,
    ...more,
  });

export const dispute = (created, status, more = {}, type = "charge.dispute.closed") =>
  event(type, created, {
    id: "du_1",
    object: "dispute",
    amount: 12_900,
    currency: "usd",
    charge: "ch_1",
    payment_intent: "pi_1",
    reason: "fraudulent",
    status,
    created,
    ...more,
  });
