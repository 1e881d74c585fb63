//! Six files of little-endian numbers, as `tests/peers/gen_touches.py` writes them, into the columns of the engine.

use anyhow::{Context, Result, anyhow, bail};
use engine::log::Log;
use std::path::Path;
use wire::arrays::Arrays;

/// Reads the arrays of a folder: the same columnar log that a feed fills.
///
/// # Errors
/// The file and the rule that it breaks: a missing file, one whose size is not a whole count of numbers, arrays of
/// different lengths, a journey or a value out of bounds.
pub fn load(folder: &Path) -> Result<Log> {
    let arrays = Arrays {
        touch_journey: numbers(folder, "touch_journey.u32", u32::from_le_bytes)?,
        touch_ts: numbers(folder, "touch_ts.u32", u32::from_le_bytes)?,
        touch_channel: numbers(folder, "touch_channel.u8", u8::from_le_bytes)?,
        conv_journey: numbers(folder, "conv_journey.u32", u32::from_le_bytes)?,
        conv_ts: numbers(folder, "conv_ts.u32", u32::from_le_bytes)?,
        conv_value: numbers(folder, "conv_value.f64", f64::from_le_bytes)?,
    };
    let log = arrays.into_log().map_err(|defect| anyhow!("{}: {}", folder.display(), defect.rule()))?;
    log.check().map_err(|broken| anyhow!("{}: {broken}", folder.display()))?;
    if log.touches.is_empty() {
        bail!("{}: touch_journey.u32 is empty: a workload has at least one touch", folder.display());
    }
    Ok(log)
}

fn numbers<const N: usize, T>(folder: &Path, name: &str, of: fn([u8; N]) -> T) -> Result<Vec<T>> {
    let path = folder.join(name);
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let (words, rest) = bytes.as_chunks::<N>();
    if !rest.is_empty() {
        bail!("{} has {} bytes: numbers in it take {N} each", path.display(), bytes.len());
    }
    Ok(words.iter().map(|word| of(*word)).collect())
}

#[cfg(test)]
mod tests {
    use super::load;
    use crate::place;
    use anyhow::{Context, Result};
    use std::fs;

    /// What is said about the small workload with one of its files replaced, or taken away.
    fn said(case: &str, name: &str, bytes: Option<&[u8]>) -> Result<String> {
        let folder = std::env::temp_dir().join(format!("tributary-workload-{}-{case}", std::process::id()));
        fs::create_dir_all(&folder)?;
        for entry in fs::read_dir(place::at("tests/vectors/touches-400")?)? {
            let entry = entry?;
            fs::copy(entry.path(), folder.join(entry.file_name()))?;
        }
        match bytes {
            Some(bytes) => fs::write(folder.join(name), bytes)?,
            None => fs::remove_file(folder.join(name))?,
        }
        let error = load(&folder).err();
        fs::remove_dir_all(&folder)?;
        Ok(format!("{:#}", error.context("it was taken")?))
    }

    #[test]
    fn the_small_workload_is_read() -> Result<()> {
        let log = load(&place::at("tests/vectors/touches-400")?)?;
        assert_eq!((log.touches.len(), log.revenue.len(), log.channels.len()), (1299, 24, 50));
        assert_eq!(log.revenue.amount.iter().sum::<i64>(), 188_836);
        Ok(())
    }

    #[test]
    fn what_is_wrong_is_named() -> Result<()> {
        assert!(said("missing", "touch_ts.u32", None)?.contains("touch_ts.u32: No such file"));
        assert!(
            said("odd", "conv_value.f64", Some(&[0; 9]))?
                .ends_with("conv_value.f64 has 9 bytes: numbers in it take 8 each")
        );
        assert!(said("ragged", "touch_channel.u8", Some(&[0; 9]))?.contains("touch_channel must hold as many numbers"));
        let nan = f64::NAN.to_le_bytes().repeat(24);
        assert!(said("value", "conv_value.f64", Some(&nan))?.contains("conv_value must be 0 to"));
        assert!(
            said("journey", "conv_journey.u32", Some(&[0xff; 96]))?.contains("conv_journey must lie below 16777216")
        );
        Ok(())
    }
}
