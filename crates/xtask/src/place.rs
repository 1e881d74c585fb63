//! Where things are. Every path of the repository that xtask touches is named here.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

static ROOT: OnceLock<PathBuf> = OnceLock::new();

/// The repository's root: the nearest folder upwards that holds `crates/xtask`.
///
/// # Errors
/// When neither the current folder nor Cargo's own word lies inside the repository.
pub fn root() -> Result<&'static Path> {
    if let Some(root) = ROOT.get() {
        return Ok(root);
    }
    let from_cargo = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let from_here = std::env::current_dir().context("no current folder")?;
    for start in from_cargo.iter().chain([&from_here]) {
        for folder in start.ancestors() {
            if folder.join("crates/xtask/Cargo.toml").is_file() {
                return Ok(ROOT.get_or_init(|| folder.to_owned()));
            }
        }
    }
    bail!("run this inside the repository: no crates/xtask upwards of {}", from_here.display())
}

/// A path inside the repository.
///
/// # Errors
/// As [`root`].
pub fn at(path: &str) -> Result<PathBuf> {
    Ok(root()?.join(path))
}

/// A path inside `.tributary/`, whose folder is made when it is missing.
///
/// # Errors
/// As [`root`], and when the folder cannot be made.
pub fn local(path: &str) -> Result<PathBuf> {
    Home::new(None)?.at(path)
}

/// Where one running demo keeps its databases, its log and its notes. Several may run beside each other.
pub struct Home(PathBuf);

impl Home {
    /// The folder `.tributary`, or another, relative to the repository's root.
    ///
    /// # Errors
    /// As [`root`].
    pub fn new(folder: Option<&str>) -> Result<Self> {
        Ok(Self(root()?.join(folder.unwrap_or(".tributary"))))
    }

    /// A path inside, whose folder is made when it is missing.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn at(&self, path: &str) -> Result<PathBuf> {
        let path = self.0.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        Ok(path)
    }
}

/// The program's file name on this system: npm writes `.cmd` shims on Windows.
pub fn node_bin(name: &str) -> Result<PathBuf> {
    at(&format!("node_modules/.bin/{name}{}", if cfg!(windows) { ".cmd" } else { "" }))
}
