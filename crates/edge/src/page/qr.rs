//! QR codes (ISO/IEC 18004), drawn as SVG and as PNG.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

use wire::color::Rgb;

/// Share of a code's width that a logo takes, in percent: with its border it covers some 7 % of the modules, and the
/// highest level of error correction makes up for 30 %.
const LOGO: i32 = 22;

/// A code to draw.
pub struct Drawing {
    code: QrCode,
    /// Modules of quiet zone on each side.
    margin: i32,
    foreground: Rgb,
    background: Rgb,
    /// Modules of each side of the place that is left for a logo.
    hole: i32,
}

/// A logo, decoded.
pub struct Picture {
    pub width: usize,
    pub height: usize,
    /// Red, green, blue and alpha, row by row.
    pub rgba: Vec<u8>,
}

/// Why a picture cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoPicture;

impl Drawing {
    /// Encodes a text with at least a level of error correction; with the highest where a logo covers modules. `None` when
    /// the text is too long.
    pub fn new(text: &str, level: QrCodeEcc, margin: u8, colors: [Rgb; 2], logo: bool) -> Option<Self> {
        let level = if logo { QrCodeEcc::High } else { level };
        let segments = QrSegment::make_segments(text);
        let code = QrCode::encode_segments_advanced(&segments, level, Version::MIN, Version::MAX, None, true).ok()?;
        // Odd, as every code's width is, so that it stands in the middle.
        let hole = if logo { (code.size() * LOGO / 100) | 1 } else { 0 };
        let [foreground, background] = colors;
        Some(Self { code, margin: i32::from(margin), foreground, background, hole })
    }

    /// Modules of each side, quiet zone included: also the fewest pixels.
    pub fn modules(&self) -> u32 {
        (self.code.size() + 2 * self.margin).unsigned_abs()
    }

    fn is_dark(&self, x: i32, y: i32) -> bool {
        let (x, y) = (x - self.margin, y - self.margin);
        let covered = |at: i32| (2 * at + 1 - self.code.size()).abs() <= self.hole;
        self.code.get_module(x, y) && !(self.hole > 0 && covered(x) && covered(y))
    }

    /// Where the logo stands: its corner and its side, in modules, within a border of half a module.
    fn place(&self) -> (f64, f64) {
        let side = f64::from(self.hole) - 1.0;
        ((f64::from(self.modules()) - side) / 2.0, side)
    }

    /// As SVG of so many pixels, with the logo as a `data:` address.
    pub fn svg(&self, size: u32, logo: Option<&str>) -> String {
        let modules = self.modules().cast_signed();
        let mut path = String::new();
        for y in 0..modules {
            let mut x = 0;
            while x < modules {
                let run = (x..modules).take_while(|x| self.is_dark(*x, y)).count() as i32;
                if run > 0 {
                    // Writing to a string cannot fail.
                    let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
                }
                x += run + 1;
            }
        }
        let (corner, side) = self.place();
        let image = logo.map_or_else(String::new, |logo| {
            format!(r#"<image x="{corner}" y="{corner}" width="{side}" height="{side}" href="{logo}"/>"#)
        });
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {modules} {modules}" shape-rendering="crispEdges"><path fill="{}" d="M0 0h{modules}v{modules}H0z"/><path fill="{}" d="{path}"/>{image}</svg>"#,
            self.background, self.foreground,
        )
    }

    /// As PNG of so many pixels: modules are a whole number of pixels wide, and what is left over is quiet zone.
    ///
    /// # Errors
    /// What the encoder says.
    pub fn png(&self, size: u32, logo: Option<&Picture>) -> Result<Vec<u8>, png::EncodingError> {
        let modules = self.modules();
        let scale = (size / modules).max(1);
        let offset = size.saturating_sub(scale * modules) / 2;
        // The module that a pixel is of; what lies outside of them all is light.
        let module = |at: u32| at.checked_sub(offset).map_or(-1, |at| (at / scale).min(modules).cast_signed());
        let dark = |row: i32| (0..size).map(move |x| self.is_dark(module(x), row));
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, size, size);
        encoder.set_compression(png::Compression::Fast);
        let (ink, paper) = (self.foreground.bytes(), self.background.bytes());
        let pixels: Vec<u8> = match logo {
            // Two colours: a bit a pixel, and every row of pixels of a row of modules is the same.
            None => {
                encoder.set_color(png::ColorType::Indexed);
                encoder.set_depth(png::BitDepth::One);
                encoder.set_palette([paper, ink].concat());
                let pack = |row: Vec<bool>| -> Vec<u8> {
                    let byte = |bits: &[bool]| bits.iter().zip((0..8).rev()).map(|(bit, i)| u8::from(*bit) << i).sum();
                    row.chunks(8).map(byte).collect()
                };
                let rows: Vec<Vec<u8>> = (-1..=modules.cast_signed()).map(|row| pack(dark(row).collect())).collect();
                (0..size).flat_map(|y| rows[(module(y) + 1) as usize].iter().copied()).collect()
            }
            Some(logo) => {
                encoder.set_color(png::ColorType::Rgb);
                encoder.set_depth(png::BitDepth::Eight);
                let (corner, side) = self.place();
                let within = |at: u32| ((f64::from(at) - f64::from(offset) + 0.5) / f64::from(scale) - corner) / side;
                let color = |y: u32, x: u32, dark: bool| {
                    let base = if dark { ink } else { paper };
                    logo.over(base, within(x), within(y)).unwrap_or(base)
                };
                (0..size)
                    .flat_map(|y| (0..).zip(dark(module(y))).flat_map(move |(x, dark)| color(y, x, dark)))
                    .collect()
            }
        };
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&pixels)?;
        writer.finish()?;
        Ok(out)
    }
}

impl Picture {
    /// Most pixels of each side.
    const SIDE_MAX: u32 = 1024;

    /// Reads a PNG.
    ///
    /// # Errors
    /// No PNG, an animated or a broken one, or more than 1,024 pixels wide or high.
    pub fn read(bytes: &[u8]) -> Result<Self, NoPicture> {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
        let mut reader = decoder.read_info().map_err(|_| NoPicture)?;
        let (width, height) = reader.info().size();
        if width > Self::SIDE_MAX || height > Self::SIDE_MAX {
            return Err(NoPicture);
        }
        let mut bytes = vec![0; reader.output_buffer_size().ok_or(NoPicture)?];
        let frame = reader.next_frame(&mut bytes).map_err(|_| NoPicture)?;
        bytes.truncate(frame.buffer_size());
        let rgba = match frame.color_type {
            png::ColorType::Rgba => bytes,
            png::ColorType::GrayscaleAlpha => bytes.chunks_exact(2).flat_map(|p| [p[0], p[0], p[0], p[1]]).collect(),
            _ => return Err(NoPicture),
        };
        Ok(Self { width: width as usize, height: height as usize, rgba })
    }

    /// The colour at a place of the square that the picture is fitted into, over another; `None` outside of the picture.
    fn over(&self, base: [u8; 3], x: f64, y: f64) -> Option<[u8; 3]> {
        let longer = self.width.max(self.height) as f64;
        let index = |at: f64, length: usize| {
            let pixel = at * longer - (longer - length as f64) / 2.0;
            (pixel >= 0.0 && pixel < length as f64).then_some(pixel as usize)
        };
        let at = (index(y, self.height)? * self.width + index(x, self.width)?) * 4;
        let [r, g, b, alpha] = self.rgba.get(at..at + 4)?.try_into().ok()?;
        let mix = |top: u8, below: u8| {
            let alpha = u16::from(alpha);
            ((u16::from(top) * alpha + u16::from(below) * (255 - alpha)) / 255) as u8
        };
        Some([mix(r, base[0]), mix(g, base[1]), mix(b, base[2])])
    }
}
