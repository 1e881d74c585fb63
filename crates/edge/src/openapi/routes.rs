//! The routes below `/api`: a new one is a line here.

use serde_json::{Value, json};
use wire::{account, capture, coupon, dub, fact, page, settings, stripe};

use super::document::{
    Key::{Lead, Nobody, Page, Reader, Secret, Session, Setup, Stripe},
    Route, Schemas, route,
};
use crate::http::{coupons, filing, landing_pages, links, partners, qr};

fn bytes() -> Value {
    json!({ "type": "string", "format": "binary" })
}

/// Every route.
pub fn all(s: &mut Schemas) -> Vec<Route> {
    let facts = fact::BATCH_MAX;
    vec![
        route("post", "/setup", Setup, "Sets the program up, once.")
            .body::<account::Setup>(s)
            .gives::<account::SetupAnswer>(201, s),
        route("get", "/program", Secret, "The program's settings.").gives::<settings::Settings>(200, s),
        route("patch", "/program", Secret, "Changes them.")
            .body::<settings::UpdateSettings>(s)
            .gives::<settings::Settings>(200, s),
        route("get", "/partners", Secret, "Lists partners.")
            .query::<partners::ListQuery>(s)
            .gives::<Vec<dub::Partner>>(200, s),
        route("post", "/partners", Secret, "Enrols a partner.")
            .body::<dub::CreatePartner>(s)
            .gives::<dub::Partner>(201, s),
        route("get", "/links", Secret, "Lists links.").query::<links::ListQuery>(s).gives::<Vec<dub::Link>>(200, s),
        route("post", "/links", Secret, "Makes a link.").body::<dub::LinkFields>(s).gives::<dub::Link>(200, s),
        route("get", "/links/info", Secret, "One link.").query::<links::InfoQuery>(s).gives::<dub::Link>(200, s),
        route("get", "/links/count", Secret, "Counts links.").query::<links::ListQuery>(s).gives::<u64>(200, s),
        route("put", "/links/upsert", Secret, "Makes or changes a link.")
            .body::<dub::LinkFields>(s)
            .gives::<dub::Link>(200, s),
        route("post", "/links/bulk", Secret, "Makes links.")
            .body::<Vec<dub::LinkFields>>(s)
            .gives::<Vec<dub::BulkItem>>(200, s),
        route("patch", "/links/bulk", Secret, "Changes links.")
            .body::<dub::BulkUpdate>(s)
            .gives::<Vec<dub::BulkItem>>(200, s),
        route("delete", "/links/bulk", Secret, "Deletes links.")
            .parameter("linkIds")
            .gives::<dub::DeletedCount>(200, s),
        route("patch", "/links/{id}", Secret, "Changes a link.").body::<dub::LinkFields>(s).gives::<dub::Link>(200, s),
        route("delete", "/links/{id}", Secret, "Deletes a link.").gives::<dub::Deleted>(200, s),
        route("get", "/tags", Secret, "Lists tags.").query::<filing::ListQuery>(s).gives::<Vec<dub::Tag>>(200, s),
        route("post", "/tags", Secret, "Makes a tag.").body::<dub::TagFields>(s).gives::<dub::Tag>(201, s),
        route("patch", "/tags/{id}", Secret, "Changes a tag.").body::<dub::TagFields>(s).gives::<dub::Tag>(200, s),
        route("delete", "/tags/{id}", Secret, "Deletes a tag.").gives::<dub::Deleted>(200, s),
        route("get", "/folders", Secret, "Lists folders.")
            .query::<filing::ListQuery>(s)
            .gives::<Vec<dub::Folder>>(200, s),
        route("post", "/folders", Secret, "Makes a folder.").body::<dub::FolderFields>(s).gives::<dub::Folder>(201, s),
        route("patch", "/folders/{id}", Secret, "Changes a folder.")
            .body::<dub::FolderFields>(s)
            .gives::<dub::Folder>(200, s),
        route("delete", "/folders/{id}", Secret, "Deletes a folder.").gives::<dub::Deleted>(200, s),
        route("get", "/groups", Secret, "Lists groups of partners.")
            .query::<filing::ListQuery>(s)
            .gives::<Vec<dub::Group>>(200, s),
        route("post", "/groups", Secret, "Makes a group.").body::<dub::GroupFields>(s).gives::<dub::Group>(201, s),
        route("patch", "/groups/{id}", Secret, "Changes a group.")
            .body::<dub::GroupFields>(s)
            .gives::<dub::Group>(200, s),
        route("delete", "/groups/{id}", Secret, "Deletes a group.").gives::<dub::Deleted>(200, s),
        route("post", "/capture", Page, "An arrival on a page of the vendor's own.")
            .body::<capture::RawCapture>(s)
            .gives::<capture::CaptureAnswer>(200, s),
        route("post", "/consent", Page, "What a visitor chose.").body::<capture::Consent>(s).gives_nothing(204),
        route("get", "/discount-codes", Secret, "Lists coupons.")
            .query::<coupons::ListQuery>(s)
            .gives::<Vec<coupon::DiscountCode>>(200, s),
        route("post", "/discount-codes", Secret, "Makes a coupon.")
            .body::<coupon::CreateCoupon>(s)
            .gives::<coupon::DiscountCode>(200, s),
        route("patch", "/discount-codes/{id_or_code}", Secret, "Changes a coupon.")
            .body::<coupon::UpdateCoupon>(s)
            .gives::<coupon::DiscountCode>(200, s),
        route("delete", "/discount-codes/{id_or_code}", Secret, "Deletes a coupon.").gives::<coupon::Deleted>(200, s),
        route("get", "/qr", Nobody, "Draws an address.")
            .query::<qr::QrQuery>(s)
            .gives_bytes(200, "image/png", bytes())
            .gives_bytes(200, "image/svg+xml", bytes()),
        route("get", "/pages", Secret, "Lists landing pages.")
            .query::<landing_pages::ListQuery>(s)
            .gives::<Vec<page::Page>>(200, s),
        route("post", "/pages", Secret, "Makes a landing page.")
            .body::<page::CreatePage>(s)
            .gives::<page::Page>(201, s),
        route("get", "/pages/{id}", Secret, "One landing page.").gives::<page::Page>(200, s),
        route("patch", "/pages/{id}", Secret, "Changes its draft.")
            .body::<page::UpdatePage>(s)
            .gives::<page::Page>(200, s),
        route("post", "/pages/{id}/publish", Secret, "Publishes its draft.").gives::<page::Page>(200, s),
        route("post", "/pages/{id}/unpublish", Secret, "Takes it down.").gives::<page::Page>(200, s),
        route("get", "/pages/{id}/versions", Secret, "What it was.").gives::<Vec<page::Version>>(200, s),
        route("post", "/pages/{id}/restore", Secret, "Makes a version its draft.")
            .body::<page::RestorePage>(s)
            .gives::<page::Page>(200, s),
        route("post", "/pages/{id}/preview", Secret, "Makes a link that shows its draft.")
            .body::<page::PreviewPage>(s)
            .gives::<page::Preview>(201, s),
        route("post", "/track/lead", Lead, "Records a lead.")
            .body::<dub::TrackLead>(s)
            .gives::<dub::TrackedLead>(200, s),
        route("post", "/track/sale", Secret, "Records a sale.")
            .body::<dub::TrackSale>(s)
            .gives::<dub::TrackedSale>(200, s),
        route("post", "/tokens/embed/referrals", Secret, "Makes a widget's token.")
            .body::<dub::CreateEmbedToken>(s)
            .gives::<dub::EmbedToken>(201, s),
        route("post", "/facts", Secret, "Records facts.")
            .body::<OneOrMany>(s)
            .sends(
                "application/x-ndjson",
                json!({ "type": "string", "description": format!("At most {facts} facts, one a line.") }),
            )
            .gives::<fact::FactsAnswer>(200, s)
            .gives::<FactsRefused>(422, s),
        route("post", "/hooks/stripe", Stripe, "Takes an event of Stripe's.")
            .sends("application/json", json!({ "type": "object" }))
            .gives::<stripe::Received>(200, s),
        route(
            "get",
            "/feed",
            Reader,
            "The facts for whoever asks; as JSON for people and tools, whose shape may change.",
        )
        .gives_bytes(200, wire::feed::MEDIA_TYPE, bytes())
        .gives_bytes(200, "application/json", json!({ "type": "object" })),
        route("post", "/sign-in-links", Secret, "Makes a link that signs in.")
            .body::<account::SignInLinkRequest>(s)
            .gives::<account::SignInLink>(201, s),
        route("get", "/session", Session, "Who is signed in.").gives::<account::SessionAnswer>(200, s),
    ]
}

/// A body of `POST /facts`.
#[derive(schemars::JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is asked for")]
enum OneOrMany {
    One(fact::RawFact),
    Many(Vec<fact::RawFact>),
}

/// Why no fact was recorded: what is wrong with each, or with the request.
#[derive(schemars::JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is asked for")]
enum FactsRefused {
    Each(fact::FactsAnswer),
    All(wire::problem::Problem),
}
