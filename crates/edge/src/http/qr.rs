//! QR codes, with the parameters of Dub's.

use axum::response::{IntoResponse, Response};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use http::{HeaderMap, HeaderValue, header};
use qrcodegen::QrCodeEcc;
use serde::Deserialize;
use wire::{color::Rgb, fact::Fault};
use worker::{Fetch, Method, Request, RequestInit, RequestRedirect};

use super::destination::Allowed;
use super::query::Query;
use crate::{
    app::App,
    cache,
    error::Error,
    page::qr::{Drawing, Picture},
};

/// Pixels of each side: the fewest, the most, and those where nothing is said.
const SIZES: (u32, u32, u32) = (50, 2000, 600);
/// Most modules of quiet zone; a standard code has 4, Dub's has 2.
const MARGIN_MAX: u8 = 16;
/// Least contrast of the two colours (WCAG's ratio): below it, cameras guess.
const CONTRAST: f64 = 3.0;
/// Most bytes of a logo.
const LOGO_MAX: usize = 256 * 1024;

/// Parameters of `GET /api/qr`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct QrQuery {
    url: String,
    logo: Option<String>,
    size: Option<String>,
    level: Option<String>,
    fg_color: Option<String>,
    bg_color: Option<String>,
    hide_logo: Option<bool>,
    margin: Option<String>,
    include_margin: Option<bool>,
    format: Option<String>,
}

/// What is asked for, checked.
struct Asked {
    url: String,
    size: u32,
    level: QrCodeEcc,
    colors: [Rgb; 2],
    margin: u8,
    logo: Option<String>,
    svg: bool,
}

/// `GET /api/qr`, open to everybody, since it tells nothing that its own address does not hold:
/// 1. 400 when the query is no text;
/// 2. 422 naming the field and the rule: an address, a size, a level, a colour, colours that a camera cannot tell apart;
/// 3. with a logo: 422 when it is on no host that the program allows, cannot be fetched, or is of no kind that can be drawn
///    (a PNG in a PNG; PNG, JPEG, WebP or SVG in an SVG); 503 when nothing is known of the program;
/// 4. 200, a PNG or, by `format=svg` or the header `Accept`, an SVG. Error correction is raised where a logo covers modules.
#[worker::send]
pub async fn get(app: App, headers: HeaderMap, Query(query): Query<QrQuery>) -> Result<Response, Error> {
    let asked = check(query, &headers)?;
    let drawing = Drawing::new(&asked.url, asked.level, asked.margin, asked.colors, asked.logo.is_some())
        .ok_or_else(|| Error::rule("url", "is too long for a QR code"))?;
    if asked.size < drawing.modules() {
        return Err(Error::rule("size", format!("must be at least {} for this address", drawing.modules())));
    }
    let logo = match &asked.logo {
        Some(address) => Some(fetch(&app, address).await?),
        None => None,
    };
    let (media, bytes) = if asked.svg {
        let logo = logo.map(|logo| logo.data()).transpose()?;
        ("image/svg+xml", drawing.svg(asked.size, logo.as_deref()).into_bytes())
    } else {
        let logo = logo.map(|logo| logo.picture()).transpose()?;
        let drawn = drawing.png(asked.size, logo.as_ref());
        ("image/png", drawn.map_err(|error| Error::Unavailable(format!("a PNG: {error}")))?)
    };
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

fn check(query: QrQuery, headers: &HeaderMap) -> Result<Asked, Error> {
    let url = url::Url::parse(&query.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    if url.is_none() || query.url.len() > 2000 || query.url.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Error::rule("url", "must be an absolute http or https address of at most 2000 characters"));
    }
    let (least, most, usual) = SIZES;
    let size = number("size", query.size.as_deref(), usual, (least, most))?;
    let margin = number("margin", query.margin.as_deref(), 2, (0, u32::from(MARGIN_MAX)))?;
    let level = match query.level.as_deref() {
        None | Some("L") => QrCodeEcc::Low,
        Some("M") => QrCodeEcc::Medium,
        Some("Q") => QrCodeEcc::Quartile,
        Some("H") => QrCodeEcc::High,
        Some(_) => return Err(Error::rule("level", "must be L, M, Q or H")),
    };
    let color = |field, text: Option<&str>, usual| match text {
        None => Ok(usual),
        Some(text) => Rgb::parse(text).ok_or_else(|| Fault::new(field, "must be a colour such as #0f766e")),
    };
    let foreground = color("fgColor", query.fg_color.as_deref(), Rgb::BLACK)?;
    let background = color("bgColor", query.bg_color.as_deref(), Rgb::WHITE)?;
    if foreground.contrast(background) < CONTRAST {
        return Err(Error::rule("fgColor", format!("must have a contrast of at least {CONTRAST} with bgColor")));
    }
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let svg = match query.format.as_deref() {
        Some("svg") => true,
        Some("png") => false,
        Some(_) => return Err(Error::rule("format", "must be png or svg")),
        None => accepts.contains("image/svg+xml") && !accepts.contains("image/png"),
    };
    let margin = if query.include_margin == Some(false) { 0 } else { margin as u8 };
    let logo = query.logo.filter(|logo| !logo.is_empty() && query.hide_logo != Some(true));
    Ok(Asked { url: query.url, size, level, colors: [foreground, background], margin, logo, svg })
}

/// A whole number; Dub's client sends them as JavaScript writes them.
fn number(field: &'static str, text: Option<&str>, usual: u32, (least, most): (u32, u32)) -> Result<u32, Error> {
    let Some(text) = text else { return Ok(usual) };
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| Error::rule(field, format!("must be a whole number from {least} to {most}")))
}

/// A logo as it came.
struct Logo {
    media: String,
    bytes: Vec<u8>,
}

impl Logo {
    /// As an address that holds it: an SVG that is shown as an image loads nothing else.
    fn data(&self) -> Result<String, Error> {
        if !matches!(self.media.as_str(), "image/png" | "image/jpeg" | "image/webp" | "image/svg+xml") {
            return Err(Error::rule("logo", "must be a PNG, JPEG, WebP or SVG"));
        }
        Ok(format!("data:{};base64,{}", self.media, BASE64.encode(&self.bytes)))
    }

    fn picture(&self) -> Result<Picture, Error> {
        Picture::read(&self.bytes)
            .map_err(|_| Error::rule("logo", "must be a PNG of at most 1024 by 1024 pixels; in an SVG others will do"))
    }
}

/// Fetches a logo from a host that the program allows, which may not send us on to another.
async fn fetch(app: &App, address: &str) -> Result<Logo, Error> {
    let gone = || Error::rule("logo", format!("cannot be fetched, or has more than {} KB", LOGO_MAX / 1024));
    let program = cache::program(app).await.found();
    let program = program.ok_or_else(|| Error::Unavailable("a logo without a program".into()))?;
    Allowed::by(app, &program).site("logo", address)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_redirect(RequestRedirect::Manual);
    let request = Request::new_with_init(address, &init)?;
    let mut response = Fetch::Request(request).send().await.map_err(|_| gone())?;
    if response.status_code() != 200 {
        return Err(gone());
    }
    let said = response.headers().get("content-length")?.and_then(|text| text.parse::<usize>().ok());
    let media = response.headers().get("content-type")?.unwrap_or_default();
    if said.is_some_and(|length| length > LOGO_MAX) {
        return Err(gone());
    }
    let bytes = response.bytes().await.map_err(|_| gone())?;
    if bytes.len() > LOGO_MAX {
        return Err(gone());
    }
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Ok(Logo { media, bytes })
}
