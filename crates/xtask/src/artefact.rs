//! The six artefacts: the Worker in `build/`; portal, console, widget, the engine alone and the design system in `www/ui/`.

use crate::tool::{WASM, WasmTools};
use crate::{fingerprint, place, step, tool};
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What makes the download small. Measured on the portal after brotli: `-Oz` leaves fewer bytes before compression and
/// a twelfth more after it, in three times the time.
/// The features are what rustc's wasm target emits, and no more: what a runtime does not read yet must not be written.
const WASM_OPT: [&str; 21] = [
    "-O1",
    "--dae-optimizing",
    "--duplicate-function-elimination",
    "--vacuum",
    "--remove-unused-brs",
    "--simplify-locals-notee",
    "--reorder-locals",
    // What the linker's optimiser leaves set twice, and locals that may share a place: a kilobyte of a page, three of the Worker.
    "--rse",
    "--vacuum",
    "--coalesce-locals",
    "--reorder-locals",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
    "--enable-mutable-globals",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-reference-types",
    "--enable-exception-handling",
];

/// When to build.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Whatever was there before.
    Always,
    /// Only what was built from other contents, or not at all.
    Stale,
}

#[derive(Clone, Copy)]
enum Artefact {
    Worker,
    /// A page of our own, which loads parts of its code on demand.
    Page(&'static str),
    /// What is loaded whole.
    Whole(&'static str),
}

const ARTEFACTS: [Artefact; 6] = [
    Artefact::Worker,
    Artefact::Page("portal"),
    Artefact::Page("console"),
    Artefact::Whole("widget"),
    Artefact::Whole("attribution"),
    Artefact::Page("design"),
];

/// Builds all artefacts, fetching the tools that are missing.
///
/// # Errors
/// When a tool cannot be had, or a build fails.
pub fn build(when: When) -> Result<()> {
    // Two builds at once would write the same files; the second finds everything fresh.
    let lock = place::local("build.lock")?;
    let lock = File::create(&lock).with_context(|| format!("cannot write {}", lock.display()))?;
    if lock.try_lock().is_err() {
        step::note("  another build is running: waiting for it");
        lock.lock().context("cannot lock the build")?;
    }
    tool::node_packages()?;
    tool::wasm_target()?;
    let mut tools = None;
    for artefact in ARTEFACTS {
        // Taken before the build: a source that changes meanwhile makes the result stale.
        let wanted = artefact.fingerprint()?;
        let stamp = place::local(&format!("stamp/{}", artefact.name()))?;
        let fresh = fs::read_to_string(&stamp).is_ok_and(|found| found == wanted)
            && artefact.outputs()?.iter().all(|path| path.is_file());
        if fresh && when == When::Stale {
            continue;
        }
        if tools.is_none() {
            tools = Some(WasmTools::ensure()?);
        }
        if let Some(tools) = &tools {
            artefact.build(tools)?;
        }
        fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    }
    Ok(())
}

/// The folders and files whose contents decide about an artefact.
///
/// # Errors
/// When we are outside the repository.
pub fn sources() -> Result<Vec<PathBuf>> {
    [
        "crates/engine",
        "crates/wire",
        "crates/edge",
        "crates/ui",
        "Cargo.toml",
        "Cargo.lock",
        ".cargo/config.toml",
        "rust-toolchain.toml",
    ]
    .into_iter()
    .map(place::at)
    .collect()
}

impl Artefact {
    fn name(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Page(name) | Self::Whole(name) => name,
        }
    }

    fn fingerprint(self) -> Result<String> {
        let other = place::at(match self {
            Self::Worker => "crates/ui",
            Self::Page(_) | Self::Whole(_) => "crates/edge",
        })?;
        let roots: Vec<PathBuf> = sources()?.into_iter().filter(|path| *path != other).collect();
        let contents = fingerprint::of_files(&fingerprint::files(&roots)?)?;
        Ok(format!("{contents} {} {}", WasmTools::versions()?, WASM_OPT.join(" ")))
    }

    fn outputs(self) -> Result<Vec<PathBuf>> {
        match self {
            Self::Worker => ["build/index.js", "build/index_bg.wasm"].into_iter().map(place::at).collect(),
            Self::Page(name) | Self::Whole(name) => [format!("www/ui/{name}.js"), format!("www/ui/{name}_bg.wasm")]
                .iter()
                .map(|path| place::at(path))
                .collect(),
        }
    }

    fn build(self, tools: &WasmTools) -> Result<()> {
        match self {
            Self::Worker => worker(tools),
            Self::Page(name) => page(name, tools),
            Self::Whole(name) => whole(name, tools),
        }
    }
}

fn worker(tools: &WasmTools) -> Result<()> {
    let title = "the Worker";
    step::run(
        title,
        Command::new("cargo")
            .args(["build", "--release", "--target", WASM, "--package", "edge", "--lib"])
            // The edge runs the engine for a moment at a time, and has a budget of bytes; pages run it long.
            .args(["--config", "profile.release.package.engine.opt-level=\"z\""])
            // What futures of the macros are made of, as the `worker` crate expects it.
            .env("WASM_BINDGEN_USE_JS_SYS", "1")
            .current_dir(place::root()?),
    )?;
    let staging = staging("worker")?;
    // A Worker that panicked is begun anew: `entry.js` asks for it.
    let anew = ["--experimental-reset-state-function", "--force-enable-abort-handler"];
    bind("index", "module", &compiled("edge")?, &anew, &staging, tools)?;
    fs::copy(place::at("crates/edge/src/entry.js")?, staging.join("entry.js")).context("cannot copy the entry")?;
    let small = staging.join("index.opt.wasm");
    optimise(title, &staging.join("index_bg.wasm"), &small)?;
    let script = staging.join("worker.js");
    bundle(title, &staging.join("entry.js"), &["--external:./index_bg.wasm"], &script)?;
    // Runtimes import a module's source without being told that it is one.
    let says = fs::read_to_string(&script).context("the Worker came without its script")?;
    fs::write(&script, says.replace("import source ", "import ")).context("cannot write the Worker's script")?;
    let out = place::at("build")?;
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    replace(&small, &out.join("index_bg.wasm"))?;
    // The script comes last: it is what wrangler watches.
    replace(&script, &out.join("index.js"))
}

fn optimise(title: &str, from: &Path, to: &Path) -> Result<()> {
    step::run(
        &format!("{title}: wasm-opt"),
        Command::new(place::node_bin("wasm-opt")?)
            .args(WASM_OPT)
            .arg(from)
            .arg("-o")
            .arg(to)
            .current_dir(place::root()?),
    )
}

fn whole(name: &str, tools: &WasmTools) -> Result<()> {
    let compiled = compile(name, &[])?;
    let staging = staging(name)?;
    bind(name, "web", &compiled, &[], &staging, tools)?;
    finish(name, &staging)
}

/// A page's module is cut where the code says `wasm_split`. Its parts lie in a folder whose name changes with the code: a
/// tab that stands open over a new release finds none of it, and not a part that does not fit.
fn page(name: &str, tools: &WasmTools) -> Result<()> {
    let compiled = compile(name, &["-Clink-args=--emit-relocs"])?;
    let release = format!("{name}-{}", &fingerprint::of_files(std::slice::from_ref(&compiled))?[..12]);
    let staging = staging(name)?;
    let cut = staging.join("cut");
    fs::create_dir_all(&cut).with_context(|| format!("cannot make {}", cut.display()))?;
    step::run(
        &format!("the {name}: parts"),
        Command::new(&tools.split).args(["--target", "web", "--out-name", name]).args([&compiled, &cut]),
    )?;
    bind(name, "web", &cut.join(format!("{name}.wasm")), &["--keep-lld-exports"], &staging, tools)?;
    let all = place::at("www/ui/parts")?;
    let parts = all.join(&release);
    fs::create_dir_all(&parts).with_context(|| format!("cannot make {}", parts.display()))?;
    for part in fingerprint::files(std::slice::from_ref(&cut))? {
        let file = part.file_name().context("a part without a name")?;
        if part.extension().is_some_and(|ending| ending == "wasm") && part.file_stem().is_none_or(|stem| stem != name) {
            optimise(&format!("the {name}: {}", file.display()), &part, &parts.join(file))?;
        }
    }
    // What loads the parts says where they lie.
    let link = "__wasm_split.js";
    let says = fs::read_to_string(cut.join(link)).context("the parts came without their script")?;
    let says = says.replace("new URL(\"./", &format!("new URL(\"./parts/{release}/"));
    fs::write(staging.join(link), says).context("cannot write the script of the parts")?;
    finish(name, &staging)?;
    for old in fs::read_dir(&all).with_context(|| format!("cannot read {}", all.display()))? {
        let old = old?;
        let file = old.file_name();
        if file.to_string_lossy().starts_with(&format!("{name}-")) && file != *release {
            fs::remove_dir_all(old.path()).with_context(|| format!("cannot remove {}", old.path().display()))?;
        }
    }
    Ok(())
}

/// An empty folder for what is not finished.
fn staging(name: &str) -> Result<PathBuf> {
    let folder = place::local(&format!("staging/{name}"))?;
    if folder.is_dir() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// The module of a feature of `ui`, as the linker leaves it.
fn compile(feature: &str, for_linker: &[&str]) -> Result<PathBuf> {
    step::run(
        &format!("the {feature}"),
        Command::new("cargo")
            .args(["rustc", "--release", "--target", WASM, "--package", "ui", "--lib"])
            .args(["--no-default-features", "--features", feature, "--"])
            .args(for_linker)
            .current_dir(place::root()?),
    )?;
    compiled("ui")
}

/// The module of a crate that was compiled.
fn compiled(package: &str) -> Result<PathBuf> {
    Ok(target_dir()?.join(format!("{WASM}/release/{package}.wasm")))
}

fn bind(name: &str, to: &str, module: &Path, more: &[&str], staging: &Path, tools: &WasmTools) -> Result<()> {
    step::run(
        &format!("the {name}: bindings"),
        Command::new(&tools.bindgen)
            .args(["--target", to, "--no-typescript", "--out-name", name, "--out-dir"])
            .arg(staging)
            .args(more)
            .arg(module)
            .current_dir(place::root()?),
    )
}

/// Makes module and script small, the script with all that it imports, and moves them to where they are served.
fn finish(name: &str, staging: &Path) -> Result<()> {
    let wasm = format!("{name}_bg.wasm");
    let small_wasm = staging.join(format!("{name}.opt.wasm"));
    optimise(&format!("the {name}"), &staging.join(&wasm), &small_wasm)?;
    let script = format!("{name}.js");
    let small_script = staging.join(format!("{name}.min.js"));
    bundle(&format!("the {name}"), &staging.join(&script), &[], &small_script)?;
    let out = place::at("www/ui")?;
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    replace(&small_wasm, &out.join(wasm))?;
    replace(&small_script, &out.join(script))
}

/// A script with all that it imports, small.
fn bundle(title: &str, from: &Path, more: &[&str], to: &Path) -> Result<()> {
    step::run(
        &format!("{title}: esbuild"),
        Command::new(place::node_bin("esbuild")?)
            .arg(from)
            .args(["--bundle", "--minify", "--format=esm", "--log-level=error"])
            .args(more)
            .arg(format!("--outfile={}", to.display()))
            .current_dir(place::root()?),
    )
}

/// Moves a finished file into place in one step: a server that watches never sees half of it.
fn replace(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).with_context(|| format!("cannot move {} to {}", from.display(), to.display()))
}

/// Where Cargo puts what it builds.
fn target_dir() -> Result<PathBuf> {
    let metadata = crate::check::arrows::metadata()?;
    let folder = metadata["target_directory"].as_str().context("cargo metadata names no target folder")?;
    Ok(PathBuf::from(folder))
}
