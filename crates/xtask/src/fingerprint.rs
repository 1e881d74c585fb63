//! Whether something was built from the very same contents. Times on files lie after a checkout; contents do not.

use crate::place;
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// Every file below the given files and folders, sorted, without what tools leave behind.
///
/// # Errors
/// When a folder cannot be read.
pub fn files(roots: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = roots.to_vec();
    while let Some(path) = open.pop() {
        if !path.is_dir() {
            if path.is_file() {
                found.push(path);
            }
            continue;
        }
        for entry in fs::read_dir(&path).with_context(|| format!("cannot read {}", path.display()))? {
            let entry = entry?;
            let name = entry.file_name();
            let hidden = name.to_string_lossy().starts_with('.');
            if !hidden && name != "target" && name != "node_modules" {
                open.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// One hash over the names, from the repository's root on, and the contents of files.
///
/// # Errors
/// When a file cannot be read.
pub fn of_files(files: &[PathBuf]) -> Result<String> {
    let root = place::root()?;
    let mut hash = Sha256::new();
    for path in files {
        let contents = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        hash.update(path.strip_prefix(root).unwrap_or(path).to_string_lossy().as_bytes());
        hash.update((contents.len() as u64).to_le_bytes());
        hash.update(&contents);
    }
    Ok(hex(&hash.finalize()))
}

/// The hash of one file's contents, as `sha256sum` prints it.
///
/// # Errors
/// When it cannot be read.
pub fn of_contents(path: &Path) -> Result<String> {
    let contents = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(hex(&Sha256::digest(contents)))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
