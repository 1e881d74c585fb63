//! The tools that are not ours. Each is found, or installed, or named with the one command that installs it.

use crate::{fingerprint, place, step};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What pages and the Worker are compiled for.
pub const WASM: &str = "wasm32-unknown-unknown";
/// Reads what `wasm_split_helpers` of the same minor version marks.
const WASM_SPLIT: &str = "0.2.4";
const SPLITTER: &str = "wasm-split-cli";
/// What wrangler asks for.
const NODE_MAJOR: u32 = 20;

/// Node and the npm packages of the lock file.
///
/// # Errors
/// When Node is missing or old, or `npm ci` fails.
pub fn node_packages() -> Result<()> {
    node()?;
    let stamp = place::at("node_modules/.tributary-stamp")?;
    let wanted = fingerprint::of_files(&[place::at("package-lock.json")?])?;
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    step::run(
        "npm packages",
        Command::new(npm).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(place::root()?),
    )?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

fn node() -> Result<()> {
    let version = output("node", &["--version"]).unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= NODE_MAJOR => Ok(()),
        Some(_) => bail!("Node {version} is too old: Tributary needs {NODE_MAJOR} or newer ({})", node_hint()),
        None => bail!("Node is missing: install version {NODE_MAJOR} or newer ({})", node_hint()),
    }
}

fn node_hint() -> &'static str {
    if cfg!(target_os = "macos") {
        "brew install node"
    } else if cfg!(windows) {
        "winget install OpenJS.NodeJS.LTS"
    } else {
        "sudo apt-get install -y nodejs npm, or your system's own command"
    }
}

/// Rust's standard library for WebAssembly.
///
/// # Errors
/// When it is missing and rustup cannot add it.
pub fn wasm_target() -> Result<()> {
    let libdir = output("rustc", &["--print", "target-libdir", "--target", WASM])
        .context("rustc does not answer: install Rust with rustup, https://rustup.rs")?;
    if Path::new(&libdir).is_dir() {
        return Ok(());
    }
    if output("rustup", &["--version"]).is_none() {
        bail!("Rust's {WASM} target is missing, and so is rustup: install rustup, then `rustup target add {WASM}`");
    }
    step::run(
        "Rust's WebAssembly target",
        Command::new("rustup").args(["target", "add", WASM]).current_dir(place::root()?),
    )
    .with_context(|| format!("install it by hand: rustup target add {WASM}"))
}

/// The two programs that turn a compiled crate into what a browser or the Workers runtime loads.
pub struct WasmTools {
    /// `wasm-bindgen`, of the very version that `Cargo.lock` holds.
    pub bindgen: PathBuf,
    /// `wasm-split-cli`, which cuts a page's module into what it loads at first and what it loads on demand.
    pub split: PathBuf,
}

impl WasmTools {
    /// What decides about the output beside the sources.
    ///
    /// # Errors
    /// When `Cargo.lock` cannot be read.
    pub fn versions() -> Result<String> {
        Ok(format!("wasm-bindgen {} wasm-split {WASM_SPLIT}", locked("wasm-bindgen")?))
    }

    /// Finds them, on the PATH or under `.tributary/tools`, and builds what is missing.
    ///
    /// # Errors
    /// When one is missing and `cargo install` fails.
    pub fn ensure() -> Result<Self> {
        let bindgen_version = locked("wasm-bindgen")?;
        Ok(Self {
            bindgen: cargo_tool(("wasm-bindgen", "wasm-bindgen-cli", ""), &bindgen_version)?,
            // The last: what it compiled is thrown away then.
            split: cargo_tool((SPLITTER, "wasm_split_cli_support", "build-binary"), WASM_SPLIT)?,
        })
    }
}

fn cargo_tool((program, package, features): (&str, &str, &str), version: &str) -> Result<PathBuf> {
    let tools = place::local("tools/bin")?;
    let tools = tools.parent().context("no folder for tools")?;
    let own = tools.join("bin").join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
    let of_version = |path: &Path| {
        output(&path.to_string_lossy(), &["--version"])
            .is_some_and(|said| said.split_whitespace().any(|word| word == version))
    };
    // Not every program says its version; Cargo wrote down what it installed.
    let list = fs::read_to_string(tools.join(".crates.toml")).unwrap_or_default();
    if own.is_file() && list.contains(&format!("\"{package} {version} ")) {
        return Ok(own);
    }
    if let Some(path) = on_path(program).filter(|path| of_version(path)) {
        return Ok(path);
    }
    // A build tool runs for a second and is compiled for minutes: half the optimisation is the better bargain.
    step::run(
        &format!("{program} {version}, once"),
        Command::new("cargo")
            .args(["install", "--force", "--version", version, "--bin", program, "--root"])
            .arg(tools)
            .args(["--features", features, package])
            .env("CARGO_TARGET_DIR", tools.join("target"))
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
            .current_dir(place::root()?),
    )
    .with_context(|| format!("try it by hand: cargo install {package} --version {version}"))?;
    if !own.is_file() {
        bail!("`cargo install {package}` left no {}", own.display());
    }
    // Hundreds of megabytes that nothing reads again; a leftover harms nobody.
    if program == SPLITTER {
        drop(fs::remove_dir_all(tools.join("target")));
    }
    Ok(own)
}

/// Installs Debian packages where we may.
///
/// # Errors
/// When we are not root on Debian or its kin (the error names the command), or apt fails.
pub fn apt_install(what: &str, packages: &[&str]) -> Result<()> {
    let by_hand = format!("apt-get install -y --no-install-recommends {}", packages.join(" "));
    if on_path("apt-get").is_none() {
        bail!("{what} missing: install the equivalent of `{by_hand}`");
    }
    if output("id", &["-u"]).as_deref() != Some("0") {
        bail!("{what} missing: sudo {by_hand}");
    }
    step::run("package lists", Command::new("apt-get").args(["update", "-qq"]))?;
    step::run(
        what,
        Command::new("apt-get")
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
    .with_context(|| format!("try it by hand: {by_hand}"))
}

/// The version that `Cargo.lock` holds for a package.
fn locked(package: &str) -> Result<String> {
    let path = place::at("Cargo.lock")?;
    let lock = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    version_in(&lock, package).with_context(|| format!("Cargo.lock has no {package}"))
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines();
    lines.find(|line| *line == name)?;
    Some(lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?.to_owned())
}

/// Where the shell would find a program.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

/// What a program prints, trimmed; nothing when it is missing or fails.
pub fn output(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn a_version_is_read_from_the_lock() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.80\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";
        assert_eq!(version_in(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in(lock, "wasm"), None);
    }
}
