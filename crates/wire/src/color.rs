//! A program's colour, made fit to read: contrast follows WCAG 2.2 ("relative luminance", "contrast ratio").

use core::fmt;

use crate::page::{Colors, Remark};

/// A colour in sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb([u8; 3]);

impl Rgb {
    /// White.
    pub const WHITE: Self = Self([255; 3]);
    /// Black.
    pub const BLACK: Self = Self([0; 3]);
    /// As dark as it must be for either it or white to reach 4.5 on every colour.
    pub const INK: Self = Self([5; 3]);
    /// Of a program that has no readable one.
    pub const DEFAULT: Self = Self([0x0f, 0x76, 0x6e]);
    /// What the accent stands on in light mode (`--card` of `page.css`).
    pub const LIGHT_SURFACE: Self = Self::WHITE;
    /// What the accent stands on in dark mode (`--card` of `page.css`).
    pub const DARK_SURFACE: Self = Self([0x17, 0x1a, 0x20]);

    /// Reads `#rrggbb`, in either case, and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let part = |i: usize| u8::from_str_radix(hex.get(i..i + 2)?, 16).ok();
        Some(Self([part(0)?, part(2)?, part(4)?]))
    }

    /// Red, green and blue.
    pub fn bytes(self) -> [u8; 3] {
        self.0
    }

    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        let [r, g, b] = self.0.map(linear);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// The contrast ratio of two colours, 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// How far it is from grey: 0 to 255.
    fn chroma(self) -> u8 {
        let [r, g, b] = self.0;
        r.max(g).max(b) - r.min(g).min(b)
    }

    /// White or near-black, whichever reads better on this colour: at least 4.5 on every one.
    pub fn ink(self) -> Self {
        if self.contrast(Self::WHITE) >= self.contrast(Self::INK) { Self::WHITE } else { Self::INK }
    }

    /// This colour, moved away from a surface only as far as it must be to reach a contrast on it.
    fn reach(self, surface: Self, contrast: f64) -> Self {
        const STEPS: u16 = 64;
        let away = if surface.luminance() > 0.18 { 0 } else { 255 };
        let mix = |step: u16| {
            Self(self.0.map(|c| {
                let sum = u16::from(c) * (STEPS - step) + away * step;
                (sum / STEPS) as u8
            }))
        };
        (0..=STEPS).map(mix).find(|color| color.contrast(surface) >= contrast).unwrap_or(mix(STEPS))
    }
}

impl Rgb {
    /// Whether it belongs to dark mode.
    fn is_dark(self) -> bool {
        self.luminance() <= 0.18
    }

    /// A colour between this one and another: `step` of 10 towards the other.
    fn towards(self, other: Self, step: u16) -> Self {
        let mix = |a: u8, b: u8| ((u16::from(a) * (10 - step) + u16::from(b) * step) / 10) as u8;
        let ([r, g, b], [r2, g2, b2]) = (self.0, other.0);
        Self([mix(r, r2), mix(g, g2), mix(b, b2)])
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

/// The accent on one surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accent {
    /// Of areas: buttons, tiles. The colour as it was chosen, unless it is a grey.
    pub fill: Rgb,
    /// Around them: at least 3 on the surface, so that a fill like the paper still has a shape.
    pub edge: Rgb,
    /// Of text on the fill. At least 4.5 on it.
    pub ink: Rgb,
    /// Of text on the surface. At least 5.5 on it, so that a tint beneath still leaves 4.5.
    pub text: Rgb,
}

impl Accent {
    /// The accent of a colour on a surface. A grey that hardly stands out looks switched off, so the surface's own ink takes
    /// its place.
    pub fn on(color: Rgb, surface: Rgb) -> Self {
        let faint = color.contrast(surface) < 4.5 && color.chroma() < 32;
        let fill = if faint { surface.ink() } else { color };
        Self { fill, edge: fill.reach(surface, 3.0), ink: fill.ink(), text: fill.reach(surface, 5.5) }
    }
}

/// What a page of its own background is printed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backdrop {
    /// The background.
    pub paper: Rgb,
    /// Of text on it: at least 4.5.
    pub ink: Rgb,
    /// Of text that stands back: 7, or the ink itself.
    pub soft: Rgb,
    /// Of what stands out on it: at least 4.5.
    pub accent: Rgb,
    /// Whether it holds in dark mode too: a light one would blind there.
    pub everywhere: bool,
}

impl Backdrop {
    /// The backdrop of a colour, with a page's accent on it.
    pub fn of(paper: Rgb, accent: Rgb) -> Self {
        let ink = paper.ink();
        // As far back as it may stand, and no further than is becoming.
        let soft = (1..=3).rev().map(|step| ink.towards(paper, step)).find(|soft| soft.contrast(paper) >= 7.0);
        let accent = if accent.contrast(paper) >= 4.5 { accent } else { ink };
        Self { paper, ink, soft: soft.unwrap_or(ink), accent, everywhere: paper.is_dark() }
    }
}

/// What is done about colours that cannot be used as they are, for whoever chose them.
pub fn remarks(colors: &Colors) -> Vec<Remark> {
    let accent = colors.accent.as_deref().and_then(Rgb::parse);
    let mut remarks = Vec::new();
    for (color, surface, mode) in
        accent.into_iter().flat_map(|color| [(color, Rgb::LIGHT_SURFACE, "light"), (color, Rgb::DARK_SURFACE, "dark")])
    {
        let Accent { fill, edge, text, .. } = Accent::on(color, surface);
        let contrast = color.contrast(surface);
        let done = match (fill == color, edge == fill) {
            (true, true) => continue,
            (true, false) => format!("a button has an edge of {edge}, and text is {text}"),
            (false, _) => format!("{fill} stands in for it"),
        };
        // Rounded down: what is short of a bound must not read as if it reached it.
        let contrast = (contrast * 100.0).floor() / 100.0;
        let message =
            format!("{color} has a contrast of {contrast:.2} in {mode} mode, which is too little to stand out; {done}");
        remarks.push(Remark::new("colors.accent", message));
    }
    if let Some(paper) = colors.background.as_deref().and_then(Rgb::parse)
        && let Some(accent) = accent
        && Backdrop::of(paper, accent).accent != accent
    {
        let contrast = accent.contrast(paper);
        remarks.push(Remark::new(
            "colors.background",
            format!(
                "{accent} has a contrast of {contrast:.1} on {paper}, where 4.5 is needed; text on it is {}",
                paper.ink()
            ),
        ));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_six_digits_are_a_colour() {
        assert_eq!(Rgb::parse("#0F766e"), Some(Rgb::DEFAULT));
        for bad in ["", "#fff", "0f766e", "#0f766e;", "#gggggg", "#0f766", "red", "#ääääää", "#+f766e"] {
            assert_eq!(Rgb::parse(bad), None, "{bad}");
        }
        assert_eq!(Rgb::DEFAULT.to_string(), "#0f766e");
    }

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        assert!((Rgb::WHITE.contrast(Rgb([0; 3])) - 21.0).abs() < 1e-9);
        // Published as the lightest grey that passes on white.
        assert!((Rgb([0x76; 3]).contrast(Rgb::WHITE) - 4.54).abs() < 0.01);
    }

    #[test]
    fn every_colour_can_be_read() {
        let levels = || (0..=255u8).step_by(15);
        for (r, g, b) in levels().flat_map(|r| levels().flat_map(move |g| levels().map(move |b| (r, g, b)))) {
            for surface in [Rgb::LIGHT_SURFACE, Rgb::DARK_SURFACE] {
                let accent = Accent::on(Rgb([r, g, b]), surface);
                assert!(accent.edge.contrast(surface) >= 3.0, "{r} {g} {b}");
                assert!(accent.ink.contrast(accent.fill) >= 4.5, "{r} {g} {b}");
                assert!(accent.text.contrast(surface) >= 5.5, "{r} {g} {b}");
            }
            let backdrop = Backdrop::of(Rgb([r, g, b]), Rgb::DEFAULT);
            for text in [backdrop.ink, backdrop.soft, backdrop.accent] {
                assert!(text.contrast(backdrop.paper) >= 4.5, "{r} {g} {b}: {text}");
            }
        }
    }

    #[test]
    fn who_chose_a_colour_is_told_what_became_of_it() {
        let check = |accent: &str, background: Option<&str>, expect: &[&str]| {
            let colors = Colors { accent: Some(accent.into()), background: background.map(str::to_owned) };
            let fields: Vec<String> = remarks(&colors).into_iter().map(|remark| remark.field).collect();
            assert_eq!(fields, expect, "{accent} {background:?}");
        };
        check("#0f766e", None, &[]);
        check("#ffff00", None, &["colors.accent"]);
        check("#101010", None, &["colors.accent"]);
        check("#0f766e", Some("#ffffff"), &[]);
        check("#0f766e", Some("#0f766e"), &["colors.background"]);
    }

    #[test]
    fn a_colour_that_reads_stays_as_it_is() {
        let accent = Accent::on(Rgb::DEFAULT, Rgb::LIGHT_SURFACE);
        assert_eq!((accent.fill, accent.edge), (Rgb::DEFAULT, Rgb::DEFAULT));
        let yellow = Accent::on(Rgb([255, 255, 0]), Rgb::LIGHT_SURFACE);
        assert_eq!((yellow.fill, yellow.ink), (Rgb([255, 255, 0]), Rgb::INK));
        assert_ne!(yellow.edge, yellow.fill);
    }

    #[test]
    fn a_grey_like_the_paper_becomes_the_ink() {
        assert_eq!(Accent::on(Rgb([128; 3]), Rgb::LIGHT_SURFACE).fill, Rgb::INK);
        assert_eq!(Accent::on(Rgb::WHITE, Rgb::LIGHT_SURFACE).fill, Rgb::INK);
        assert_eq!(Accent::on(Rgb::INK, Rgb::DARK_SURFACE).fill, Rgb::WHITE);
        assert_eq!(Accent::on(Rgb::INK, Rgb::LIGHT_SURFACE).fill, Rgb::INK);
    }
}
