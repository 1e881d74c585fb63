//! A readable accent from any brand colour. Contrast is that of WCAG 2.2 (<https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>):
//! text needs 4.5 to its ground.

/// A colour of sRGB, 8 bits a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub [u8; 3]);

/// Ground of a page and of a tile in the light scheme: an accent must be readable on the darker.
const LIGHT: Rgb = Rgb([246, 247, 249]);
/// The brightest ground in the dark scheme.
const DARK: Rgb = Rgb([30, 33, 41]);
const WHITE: Rgb = Rgb([255; 3]);
const BLACK: Rgb = Rgb([0; 3]);
/// What text needs.
const READABLE: f64 = 4.5;
/// Hundredths of accent in the ground of a badge, as in the style sheet (`--accent-soft`).
const TINT: u16 = 12;
/// Where a program has no usable colour.
const FALLBACK: Rgb = Rgb([0x33, 0x5c, 0xd6]);

/// The colours that a brand lends to a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accent {
    /// For text, lines and bars on a light ground.
    pub light: Rgb,
    /// For the same on a dark ground.
    pub dark: Rgb,
    /// The brand's own colour, for a mark that carries text.
    pub mark: Rgb,
    /// Ink on the mark.
    pub ink: Rgb,
}

impl Rgb {
    /// Reads `#rrggbb`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let channel = |i: usize| u8::from_str_radix(digits.get(i..i + 2)?, 16).ok();
        Some(Self([channel(0)?, channel(2)?, channel(4)?]))
    }

    /// `#rrggbb`.
    #[must_use]
    pub fn hex(self) -> String {
        let [r, g, b] = self.0;
        format!("#{r:02x}{g:02x}{b:02x}")
    }

    /// Relative luminance, 0 to 1.
    #[must_use]
    pub fn luminance(self) -> f64 {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        let [r, g, b] = self.0.map(linear);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// Contrast ratio to another colour, 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The way to another colour, in hundredths.
    fn towards(self, other: Self, hundredths: u16) -> Self {
        let mix = |a: u8, b: u8| {
            let sum = u16::from(a) * (100 - hundredths) + u16::from(b) * hundredths;
            (sum / 100) as u8
        };
        Self(core::array::from_fn(|i| mix(self.0[i], other.0[i])))
    }

    /// The nearest colour on the way to `end` that is readable on `ground`, and on the same ground tinted with itself.
    fn readable(self, ground: Self, end: Self) -> Self {
        let reads = |c: &Self| c.contrast(ground).min(c.contrast(ground.towards(*c, TINT))) >= READABLE;
        (0..=100).map(|i| self.towards(end, i)).find(reads).unwrap_or(end)
    }
}

impl Accent {
    /// The accent of a brand colour; of a calm blue where the text names none.
    #[must_use]
    pub fn of(color: &str) -> Self {
        let mark = Rgb::parse(color).unwrap_or(FALLBACK);
        let ink = if mark.contrast(WHITE) >= READABLE { WHITE } else { mark.readable_ink() };
        Self { light: mark.readable(LIGHT, BLACK), dark: mark.readable(DARK, WHITE), mark, ink }
    }
}

impl Rgb {
    /// Black or white, whichever reads better; one of them always has 4.5.
    fn readable_ink(self) -> Self {
        if self.contrast(WHITE) > self.contrast(BLACK) { WHITE } else { BLACK }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((WHITE.contrast(BLACK) - 21.0).abs() < 1e-9);
        // Known from WebAIM's checker: #767676 on white is 4.54.
        assert!((Rgb([0x76; 3]).contrast(WHITE) - 4.54).abs() < 0.005);
        assert_eq!(Rgb::parse("#0f766e").map(Rgb::hex).as_deref(), Some("#0f766e"));
        for bad in ["0f766e", "#0f766", "#0f766g", "#0f766é", ""] {
            assert_eq!(Rgb::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_brand_is_readable_in_both_schemes() {
        for step in 0..4096u32 {
            let channel = |shift: u32| ((step >> shift & 15) * 17) as u8;
            let color = Rgb([channel(8), channel(4), channel(0)]);
            let accent = Accent::of(&color.hex());
            assert!(accent.light.contrast(LIGHT) >= READABLE, "{color:?}");
            assert!(accent.dark.contrast(DARK) >= READABLE, "{color:?}");
            for (color, ground) in [(accent.light, LIGHT), (accent.dark, DARK)] {
                assert!(color.contrast(ground.towards(color, TINT)) >= READABLE, "{color:?}");
            }
            assert!(accent.ink.contrast(accent.mark) >= READABLE, "{color:?}");
        }
    }

    #[test]
    fn a_readable_brand_stays_as_it_is() {
        let accent = Accent::of("#1d4ed8");
        assert_eq!(accent.light.hex(), "#1d4ed8");
        assert_ne!(accent.dark, accent.light);
        assert_eq!(Accent::of("teal"), Accent::of("#335cd6"));
    }
}
