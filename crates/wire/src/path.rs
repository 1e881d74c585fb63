//! Addresses that more than one crate names.

/// The facts for whoever asks.
pub const FEED: &str = "/api/feed";
/// A segment of them, by the name behind it.
pub const FEED_SEGMENTS: &str = "/api/feed/segments/";
/// Records facts.
pub const FACTS: &str = "/api/facts";
/// Who is signed in.
pub const SESSION: &str = "/api/session";
/// Statements of a month: `?month=2026-10`.
pub const STATEMENTS: &str = "/api/statements";
/// What looks like fraud.
pub const SUSPICIONS: &str = "/api/suspicions";
/// What is held to be suspicious.
pub const FRAUD_RULES: &str = "/api/fraud-rules";
/// Commissions.
pub const COMMISSIONS: &str = "/api/commissions";
/// The terms of commission.
pub const TERMS: &str = "/api/terms";
/// Files that are brought in.
pub const IMPORTS: &str = "/api/imports";
/// Deals that partners register.
pub const DEALS: &str = "/api/deals";
/// Who may sign in.
pub const MEMBERS: &str = "/api/members";
/// Makes links that sign in.
pub const SIGN_IN_LINKS: &str = "/api/sign-in-links";
/// Links.
pub const LINKS: &str = "/api/links";
/// Several links at once.
pub const LINKS_BULK: &str = "/api/links/bulk";
/// One link, by what names it.
pub const LINK_INFO: &str = "/api/links/info";
/// Codes for cameras.
pub const QR: &str = "/api/qr";
/// The program's settings.
pub const PROGRAM: &str = "/api/program";
/// Partners.
pub const PARTNERS: &str = "/api/partners";
/// The versions of the attribution policy.
pub const POLICIES: &str = "/api/policies";
/// API keys.
pub const KEYS: &str = "/api/keys";
/// Where webhooks go.
pub const WEBHOOKS: &str = "/api/webhooks";
/// Messages on their way there.
pub const DELIVERIES: &str = "/api/deliveries";
/// Saved views of the console.
pub const VIEWS: &str = "/api/views";
/// Who changed what.
pub const AUDIT: &str = "/api/audit";
/// Groups of partners.
pub const GROUPS: &str = "/api/groups";
/// Coupons.
pub const COUPONS: &str = "/api/discount-codes";
/// Why a referral is missing.
pub const REFERRALS: &str = "/api/referrals";
/// Landing pages, as they are edited.
pub const PAGES: &str = "/api/pages";
/// Signs in by link.
pub const SIGN_IN: &str = "/sign-in";
/// Signs out.
pub const SIGN_OUT: &str = "/sign-out";
/// The partner's portal.
pub const PORTAL: &str = "/portal/";
/// The marketer's console.
pub const CONSOLE: &str = "/console/";
/// Landing pages: `/p/{partner}`.
pub const LANDING: &str = "/p";
/// The form of those who would be partners.
pub const APPLY: &str = "/portal/apply";
/// The applications that came by it.
pub const APPLICATIONS: &str = "/api/applications";
