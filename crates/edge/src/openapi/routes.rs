//! The routes below `/api`: a new one is a line here.

use serde_json::{Value, json};
use wire::{
    access, account, application, capture, coupon, deal, dub, fact, fraud, import, link, mail, page, policy, referral,
    settings, statement, stripe, versioned::Versioned, view, webhook,
};

use super::document::{
    Key::{Lead, Nobody, Page, Reader, Session, Setup, Side, Stripe, Team},
    Route, Schemas, route,
};
use crate::http::{
    applications, audit, commissions, coupons, customers, deals, export, filing, imports, landing_pages, links,
    members, partners, qr, statements, suspicions, webhooks,
};

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
        route("post", "/restore", Setup, "Brings back a whole instance that was exported, in parts of whole lines.")
            .sends("application/x-ndjson", bytes())
            .gives::<account::Restored>(200, s)
            .gives::<account::SetupAnswer>(201, s),
        route("get", "/export", Side, "One kind of rows as a file, or everything.")
            .query::<export::ExportQuery>(s)
            .gives_bytes(200, "text/csv", bytes())
            .gives_bytes(200, "application/x-ndjson", bytes()),
        route("get", "/program", Team, "The program's settings.").gives::<settings::ProgramSettings>(200, s),
        route("patch", "/program", Team, "Changes them.")
            .body::<settings::UpdateSettings>(s)
            .gives::<settings::ProgramSettings>(200, s),
        route("get", "/applications", Team, "Who asks to be let in.")
            .query::<applications::ListQuery>(s)
            .gives::<Vec<application::Application>>(200, s),
        route("post", "/applications/{id}/approve", Team, "Lets somebody in who asked.")
            .body::<application::Approve>(s)
            .gives::<application::Application>(200, s),
        route("post", "/applications/{id}/decline", Team, "Declines an application.")
            .body::<application::Decline>(s)
            .gives::<application::Application>(200, s),
        route("get", "/views", Team, "The saved views of the console.").gives::<Vec<view::View>>(200, s),
        route("post", "/views", Team, "Saves a view.").body::<view::CreateView>(s).gives::<view::View>(201, s),
        route("delete", "/views/{id}", Team, "Deletes a view.").gives::<view::View>(200, s),
        route("get", "/policies", Team, "The versions of the attribution policy.")
            .gives::<Vec<policy::PolicyVersion>>(200, s),
        route("post", "/policies", Team, "Adds a version of the policy.")
            .body::<policy::AddPolicy>(s)
            .gives::<policy::PolicyVersion>(201, s),
        route("get", "/partners", Team, "Lists partners.")
            .query::<partners::ListQuery>(s)
            .gives::<Vec<dub::Partner>>(200, s),
        route("post", "/partners", Team, "Enrols a partner.")
            .query::<partners::CreateQuery>(s)
            .body::<dub::CreatePartner>(s)
            .gives::<dub::Partner>(201, s),
        route("get", "/partners/analytics", Team, "A partner's clicks, leads, sales and commission.")
            .query::<commissions::analytics::AnalyticsQuery>(s)
            .gives_bytes(200, "application/json", json!({ "type": ["object", "array"] })),
        route("post", "/partners/ban", Team, "Bans a partner.")
            .body::<dub::ChangeStanding>(s)
            .gives::<dub::StandingChanged>(200, s),
        route("post", "/partners/deactivate", Team, "Deactivates a partner.")
            .body::<dub::ChangeStanding>(s)
            .gives::<dub::StandingChanged>(200, s),
        route("post", "/partners/reactivate", Team, "Takes a partner back.")
            .body::<dub::ChangeStanding>(s)
            .gives::<dub::StandingChanged>(200, s),
        route("get", "/partners/links", Team, "Lists a partner's links.")
            .query::<links::of_partner::PartnerQuery>(s)
            .gives::<Vec<dub::PartnerLink>>(200, s),
        route("post", "/partners/links", Team, "Makes a link of a partner.")
            .body::<dub::PartnerLinkFields>(s)
            .gives::<dub::Link>(201, s),
        route("put", "/partners/links/upsert", Team, "Makes or changes a link of a partner.")
            .body::<dub::PartnerLinkFields>(s)
            .gives::<dub::Link>(200, s),
        route("get", "/links", Side, "Lists links.").query::<links::ListQuery>(s).gives::<Vec<AnyLink>>(200, s),
        route("post", "/links", Side, "Makes a link: a partner's people, one of the partner's, of six fields.")
            .body::<dub::LinkFields>(s)
            .gives::<AnyLink>(200, s),
        route("get", "/links/info", Team, "One link.").query::<links::InfoQuery>(s).gives::<dub::Link>(200, s),
        route("get", "/links/count", Team, "Counts links.").query::<links::ListQuery>(s).gives::<u64>(200, s),
        route("put", "/links/upsert", Team, "Makes or changes a link.")
            .body::<dub::LinkFields>(s)
            .gives::<dub::Link>(200, s),
        route("post", "/links/bulk", Team, "Makes links.")
            .body::<Vec<dub::LinkFields>>(s)
            .gives::<Vec<dub::BulkItem>>(200, s),
        route("patch", "/links/bulk", Team, "Changes links.")
            .body::<dub::BulkUpdate>(s)
            .gives::<Vec<dub::BulkItem>>(200, s),
        route("delete", "/links/bulk", Team, "Deletes links.").parameter("linkIds").parameter("untouched").gives::<dub::DeletedCount>(200, s),
        route("patch", "/links/{id}", Side, "Changes a link: a partner's people, the state of one that they made.")
            .body::<dub::LinkFields>(s)
            .gives::<AnyLink>(200, s),
        route("delete", "/links/{id}", Team, "Deletes a link.").gives::<dub::Deleted>(200, s),
        route("get", "/tags", Team, "Lists tags.").query::<filing::ListQuery>(s).gives::<Vec<dub::Tag>>(200, s),
        route("post", "/tags", Team, "Makes a tag.").body::<dub::TagFields>(s).gives::<dub::Tag>(201, s),
        route("patch", "/tags/{id}", Team, "Changes a tag.").body::<dub::TagFields>(s).gives::<dub::Tag>(200, s),
        route("delete", "/tags/{id}", Team, "Deletes a tag.").gives::<dub::Deleted>(200, s),
        route("get", "/folders", Team, "Lists folders.")
            .query::<filing::ListQuery>(s)
            .gives::<Vec<dub::Folder>>(200, s),
        route("post", "/folders", Team, "Makes a folder.").body::<dub::FolderFields>(s).gives::<dub::Folder>(201, s),
        route("patch", "/folders/{id}", Team, "Changes a folder.")
            .body::<dub::FolderFields>(s)
            .gives::<dub::Folder>(200, s),
        route("delete", "/folders/{id}", Team, "Deletes a folder.").gives::<dub::Deleted>(200, s),
        route("get", "/groups", Team, "Lists groups of partners.")
            .query::<filing::ListQuery>(s)
            .gives::<Vec<dub::Group>>(200, s),
        route("post", "/groups", Team, "Makes a group.").body::<dub::GroupFields>(s).gives::<dub::Group>(201, s),
        route("patch", "/groups/{id}", Team, "Changes a group.")
            .body::<dub::GroupFields>(s)
            .gives::<dub::Group>(200, s),
        route("delete", "/groups/{id}", Team, "Deletes a group.").gives::<dub::Deleted>(200, s),
        route("post", "/capture", Page, "An arrival on a page of the vendor's own.")
            .body::<capture::RawCapture>(s)
            .gives::<capture::CaptureAnswer>(200, s),
        route("post", "/consent", Page, "What a visitor chose.").body::<capture::Consent>(s).gives_nothing(204),
        route("get", "/discount-codes", Side, "Lists coupons.")
            .query::<coupons::ListQuery>(s)
            .gives::<Vec<coupon::DiscountCode>>(200, s),
        route("post", "/discount-codes", Team, "Makes a coupon.")
            .body::<coupon::CreateCoupon>(s)
            .gives::<coupon::DiscountCode>(200, s),
        route("patch", "/discount-codes/{id_or_code}", Team, "Changes a coupon.")
            .body::<coupon::UpdateCoupon>(s)
            .gives::<coupon::DiscountCode>(200, s),
        route("delete", "/discount-codes/{id_or_code}", Team, "Deletes a coupon.").gives::<coupon::Deleted>(200, s),
        route("get", "/deals", Side, "Lists registered deals.")
            .query::<deals::ListQuery>(s)
            .gives::<Vec<deal::Deal>>(200, s),
        route("post", "/deals", Side, "Registers a deal.")
            .body::<RegisterDeal>(s)
            .gives::<deal::Deal>(200, s)
            .gives::<deal::Deal>(201, s),
        route("get", "/deals/{id}", Side, "One deal.").gives::<deal::Deal>(200, s),
        route("patch", "/deals/{id}", Side, "Changes what was registered.")
            .body::<UpdateDeal>(s)
            .gives::<deal::Deal>(200, s),
        route("get", "/deals/{id}/matches", Team, "Who may be the one that a deal is of.")
            .gives::<Vec<deal::Match>>(200, s),
        route("post", "/deals/{id}/withdraw", Side, "Takes a deal back.")
            .body::<deal::Withdraw>(s)
            .gives::<deal::Deal>(200, s),
        route("post", "/deals/{id}/approve", Team, "Protects a deal.")
            .body::<deal::Approve>(s)
            .gives::<deal::Deal>(200, s),
        route("post", "/deals/{id}/reject", Team, "Says no to a deal, and why.")
            .body::<deal::Reject>(s)
            .gives::<deal::Deal>(200, s),
        route("post", "/deals/{id}/extend", Team, "Protects a deal for longer.")
            .body::<deal::Extend>(s)
            .gives::<deal::Deal>(200, s),
        route("post", "/deals/{id}/stage", Team, "Says how far a deal has come.")
            .body::<deal::Stage>(s)
            .gives::<deal::Deal>(200, s),
        route("post", "/deals/{id}/won", Team, "Records that a deal was won, which is revenue.")
            .body::<deal::WinDeal>(s)
            .gives::<deal::Deal>(200, s),
        route("post", "/deals/{id}/lost", Team, "Records that a deal was lost, and why.")
            .body::<deal::LoseDeal>(s)
            .gives::<deal::Deal>(200, s),
        route("get", "/deal-help", Side, "Lists introductions and help to sell.")
            .query::<deals::help::ListQuery>(s)
            .gives::<Vec<deal::Help>>(200, s),
        route("post", "/deal-help", Side, "Records an introduction or help to sell.")
            .body::<deal::RecordHelp>(s)
            .gives::<deal::Help>(200, s)
            .gives::<deal::Help>(201, s),
        route("post", "/deal-help/{id}/confirm", Side, "Says that the other side is right.")
            .body::<deal::AnswerHelp>(s)
            .gives::<deal::Help>(200, s),
        route("post", "/deal-help/{id}/decline", Side, "Says that the other side is wrong.")
            .body::<deal::AnswerHelp>(s)
            .gives::<deal::Help>(200, s),
        route(
            "post",
            "/referrals",
            Side,
            "Why a referral is missing: what is recorded of one that its partner knows of.",
        )
        .body::<referral::AskReferral>(s)
        .gives::<referral::Referral>(200, s),
        route("get", "/qr", Nobody, "Draws an address.")
            .query::<qr::QrQuery>(s)
            .gives_bytes(200, "image/png", bytes())
            .gives_bytes(200, "image/svg+xml", bytes()),
        route("get", "/pages", Side, "Lists landing pages.")
            .query::<landing_pages::ListQuery>(s)
            .gives::<Vec<page::Page>>(200, s),
        route("post", "/pages", Team, "Makes a landing page.").body::<page::CreatePage>(s).gives::<page::Page>(201, s),
        route("get", "/pages/{id}", Team, "One landing page.").gives::<page::Page>(200, s),
        route("patch", "/pages/{id}", Team, "Changes its draft.")
            .body::<page::UpdatePage>(s)
            .gives::<page::Page>(200, s),
        route("post", "/pages/{id}/publish", Team, "Publishes its draft.")
            .query::<landing_pages::PublishQuery>(s)
            .gives::<page::Page>(200, s),
        route("post", "/pages/{id}/unpublish", Team, "Takes it down.")
            .query::<landing_pages::PublishQuery>(s)
            .gives::<page::Page>(200, s),
        route("get", "/pages/{id}/versions", Team, "What it was.").gives::<Vec<page::Version>>(200, s),
        route("post", "/pages/{id}/restore", Team, "Makes a version its draft.")
            .body::<page::RestorePage>(s)
            .gives::<page::Page>(200, s),
        route("post", "/pages/{id}/preview", Team, "Makes a link that shows its draft.")
            .body::<page::PreviewPage>(s)
            .gives::<page::Preview>(201, s),
        route("post", "/pages/{id}/render", Team, "The page as it would be with some content.")
            .sends(
                "application/x-www-form-urlencoded",
                json!({ "type": "object", "required": ["content"], "properties": { "content": { "type": "string" }, "sent": { "type": "string" } } }),
            )
            .gives_bytes(200, "text/html", bytes()),
        route("post", "/track/lead", Lead, "Records a lead.")
            .body::<dub::TrackLead>(s)
            .gives::<dub::TrackedLead>(200, s),
        route("post", "/track/sale", Team, "Records a sale.")
            .body::<dub::TrackSale>(s)
            .gives::<dub::TrackedSale>(200, s),
        route("post", "/tokens/embed/referrals", Team, "Makes a widget's token.")
            .body::<dub::CreateEmbedToken>(s)
            .gives::<dub::EmbedToken>(201, s),
        route("post", "/facts", Team, "Records facts.")
            .body::<OneOrMany>(s)
            .sends(
                "application/x-ndjson",
                json!({ "type": "string", "description": format!("At most {facts} facts, one a line.") }),
            )
            .gives::<fact::FactsAnswer>(200, s)
            .gives::<FactsRefused>(422, s),
        route("get", "/customers", Team, "Lists customers.")
            .query::<customers::ListQuery>(s)
            .gives::<Vec<dub::Customer>>(200, s),
        route("post", "/customers", Team, "Makes a customer.")
            .body::<dub::CustomerFields>(s)
            .gives::<dub::Customer>(201, s),
        route("get", "/customers/{id}", Team, "One customer, with what was joined.")
            .query::<customers::OneQuery>(s)
            .gives::<dub::Customer>(200, s),
        route("patch", "/customers/{id}", Team, "Changes a customer.")
            .query::<customers::OneQuery>(s)
            .body::<dub::CustomerFields>(s)
            .gives::<dub::Customer>(200, s),
        route("delete", "/customers/{id}", Team, "Forgets who a customer was.").gives::<dub::Deleted>(200, s),
        route("post", "/customers/{id}/merge", Team, "Joins another customer to this one.")
            .body::<dub::MergeCustomer>(s)
            .gives::<dub::Customer>(200, s),
        route("post", "/customers/{id}/unmerge", Team, "Takes a customer apart again.")
            .body::<dub::MergeCustomer>(s)
            .gives::<dub::Customer>(200, s),
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
        .gives_bytes(200, wire::feed::parts::MEDIA_TYPE, bytes())
        .gives_bytes(200, "application/json", json!({ "type": "object" })),
        route(
            "get",
            "/feed/segments/{id}",
            Reader,
            "Months of the facts that a feed in parts names; it never changes.",
        )
        .gives_bytes(200, wire::feed::parts::SEGMENT_TYPE, bytes()),
        route("post", "/sign-in-links", Side, "Makes a link that signs in.")
            .body::<account::SignInLinkRequest>(s)
            .gives::<account::SignInLink>(201, s),
        route("get", "/session", Session, "Who is signed in.").gives::<account::SessionAnswer>(200, s),
        route("get", "/imports", Team, "Lists files that were brought in.").query::<imports::ListQuery>(s).gives::<Vec<
            import::Import,
        >>(
            200, s
        ),
        route("post", "/imports", Team, "Brings a file in, and holds it against what is recorded.")
            .query::<imports::CreateQuery>(s)
            .sends("text/csv", bytes())
            .gives::<import::Import>(201, s),
        route("get", "/imports/{id}", Team, "An import.").gives::<import::Import>(200, s),
        route("get", "/imports/{id}/rows", Team, "What each row of a file is, and why.")
            .query::<imports::RowsQuery>(s)
            .gives::<Vec<import::ImportRow>>(200, s),
        route("post", "/imports/{id}/apply", Team, "Records what is new in a file, all or nothing.")
            .query::<imports::ApplyQuery>(s)
            .gives::<import::Import>(200, s),
        route("post", "/imports/{id}/undo", Team, "Takes back all that a file recorded.")
            .gives::<import::Import>(200, s),
        route("post", "/commissions", Team, "Credits a lead or a sale to a partner, or gives commission by hand.")
            .body::<dub::CreateCommission>(s)
            .gives::<dub::CommissionCreated>(202, s),
        route("get", "/commissions", Team, "Lists what partners have of sales, and were given by hand.")
            .query::<commissions::ListQuery>(s)
            .gives::<Vec<dub::Commission>>(200, s),
        route("patch", "/commissions/{id}", Team, "Decides about what is suspected of a commission's sale.")
            .body::<dub::UpdateCommission>(s)
            .gives::<dub::Commission>(200, s),
        route("patch", "/commissions/bulk", Team, "Likewise of several.")
            .body::<dub::UpdateCommissions>(s)
            .gives::<Vec<dub::CommissionStatus>>(200, s),
        route("get", "/terms", Team, "The versions of the terms of commission.")
            .gives::<Vec<statement::TermsVersion>>(200, s),
        route("post", "/terms", Team, "Adds a version of the terms.")
            .body::<statement::AddTerms>(s)
            .gives::<statement::TermsVersion>(201, s),
        route("get", "/statements", Side, "Statements of a month.")
            .query::<statements::ListQuery>(s)
            .gives::<Vec<statement::Statement>>(200, s),
        route("post", "/statements/close", Team, "Closes a month, and those before it.")
            .body::<statement::CloseMonth>(s)
            .gives::<statement::Closed>(200, s),
        route("get", "/suspicions", Team, "What looks like fraud.")
            .query::<suspicions::ListQuery>(s)
            .gives::<Vec<fraud::Suspicion>>(200, s),
        route("get", "/suspicions/{id}", Team, "One suspicion.").gives::<fraud::Suspicion>(200, s),
        route("post", "/suspicions/{id}/clear", Team, "Says that it was nothing.")
            .body::<fraud::Decide>(s)
            .gives::<fraud::Suspicion>(200, s),
        route("post", "/suspicions/{id}/confirm", Team, "Says that it was fraud.")
            .body::<fraud::Decide>(s)
            .gives::<fraud::Suspicion>(200, s),
        route("post", "/suspicions/{id}/hold", Team, "Puts it back to wait for a decision.")
            .body::<fraud::Decide>(s)
            .gives::<fraud::Suspicion>(200, s),
        route("get", "/fraud-rules", Team, "How much is too much.")
            .gives::<Versioned<engine::fraud::Rules>>(200, s),
        route("put", "/fraud-rules", Team, "Says how much is too much.")
            .body::<Versioned<engine::fraud::Rules>>(s)
            .gives::<Versioned<engine::fraud::Rules>>(200, s),
        route("get", "/members", Side, "Lists people of the program, or of a partner.")
            .query::<members::ListQuery>(s)
            .gives::<Vec<access::Member>>(200, s),
        route("post", "/members", Side, "Lets a person in.")
            .body::<access::CreateMember>(s)
            .gives::<access::Member>(201, s),
        route("patch", "/members/{id}", Side, "Changes a person's name or role.")
            .body::<access::UpdateMember>(s)
            .gives::<access::Member>(200, s),
        route("delete", "/members/{id}", Side, "Lets a person in no more.").gives::<access::Member>(200, s),
        route("get", "/keys", Team, "Lists keys.").gives::<Vec<access::ApiKey>>(200, s),
        route("post", "/keys", Team, "Makes a key.").body::<access::CreateKey>(s).gives::<access::ApiKey>(201, s),
        route("patch", "/keys/{id}", Team, "Changes a key.")
            .body::<access::UpdateKey>(s)
            .gives::<access::ApiKey>(200, s),
        route("delete", "/keys/{id}", Team, "Revokes a key.").gives::<access::ApiKey>(200, s),
        route("get", "/audit", Team, "What was changed, by whom.")
            .query::<audit::ListQuery>(s)
            .gives::<Vec<access::Change>>(200, s),
        route("get", "/webhooks", Team, "Lists where webhooks go.").gives::<Vec<webhook::Webhook>>(200, s),
        route("post", "/webhooks", Team, "Has webhooks go somewhere.")
            .body::<webhook::WebhookFields>(s)
            .gives::<webhook::Webhook>(201, s),
        route("patch", "/webhooks/{id}", Team, "Changes where webhooks go.")
            .body::<webhook::WebhookFields>(s)
            .gives::<webhook::Webhook>(200, s),
        route("delete", "/webhooks/{id}", Team, "Has webhooks go there no more.").gives::<webhook::Webhook>(200, s),
        route("post", "/webhooks/{id}/rotate", Team, "Changes the secret.").gives::<webhook::Webhook>(200, s),
        route("post", "/webhooks/{id}/test", Team, "Sends a message to try it.").gives::<webhook::Delivery>(202, s),
        route("get", "/webhooks/{id}/deliveries", Team, "What was sent, and what became of it.")
            .query::<webhooks::ListQuery>(s)
            .gives::<Vec<webhook::Delivery>>(200, s),
        route("post", "/webhooks/{id}/replay", Team, "Sends again what failed.")
            .body::<webhook::Replay>(s)
            .gives::<webhook::Replayed>(202, s),
        route("post", "/deliveries/{id}/replay", Team, "Sends one message again.").gives::<webhook::Delivery>(202, s),
        route("get", "/outbox", Team, "E-mail that was written, and what became of it.")
            .query::<webhooks::ListQuery>(s)
            .gives::<Vec<mail::OutboxMail>>(200, s),
        route("post", "/sign-in", Nobody, "Asks for a link to sign in, by e-mail.")
            .body::<mail::AskToSignIn>(s)
            .gives_nothing(204),
    ]
}

/// A body of `POST /facts`.
#[derive(schemars::JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is asked for")]
enum OneOrMany {
    One(Box<fact::RawFact>),
    Many(Vec<fact::RawFact>),
}

/// A link as the people of the program see it, or those of its partner.
#[derive(schemars::JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is asked for")]
enum AnyLink {
    Program(Box<dub::Link>),
    Partner(Box<link::OwnLink>),
}

/// Why no fact was recorded: what is wrong with each, or with the request.
#[derive(schemars::JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is asked for")]
enum FactsRefused {
    Each(fact::FactsAnswer),
    All(wire::problem::Problem),
}

/// A body of `POST /deals`: the program says for whom.
#[derive(schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is asked for")]
struct RegisterDeal {
    partner_id: Option<String>,
    #[serde(flatten)]
    details: deal::Details,
}

/// A body of `PATCH /deals/{id}`: what is left out stays.
#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "only its schema is asked for")]
struct UpdateDeal {
    /// The version of the deal that was seen.
    version: u32,
    #[serde(flatten)]
    details: deal::Details,
}
