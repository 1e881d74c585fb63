//! What a developer types. `cargo xtask help` lists the commands; the contract says what each promises.

mod agents;
mod artefact;
mod bench;
mod check;
mod chromium;
mod demo;
mod dev;
mod figures;
mod fingerprint;
mod fuzz;
mod http;
mod load;
mod openapi;
mod place;
mod process;
mod sample;
mod server;
mod size;
mod step;
mod test;
mod tool;

use anyhow::{Result, bail};
use lexopt::prelude::*;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  demo [--port N] [--fresh] [--empty]   build, migrate, load the sample program, serve http://localhost:8787
  dev  [--port N] [--fresh] [--empty]   the same, and build again whenever a source changes
  build [--skip-fresh]                  the Worker into build/, what a browser loads into www/ui/
  test [unit|edge|browser] [ARGS...]    every test, or one layer; ARGS go to that layer's runner
  check [--record]                      format, lints, dependency arrows, tidy rules;
                                        --record lists new migrations and golden files
  figures --feed FILE [--model WORD] [--window DAYS] [--days FIRST..LAST] [--by WORD]
                                        the report of a feed, computed natively, as JSON; credit broken down
                                        by partner, link, channel, campaign, page, listing or coupon
  bench attribution --data DIR [--window-days N] [--credits FILE] [--runs N] [--browser] [--markov4] [--as-built]
                                        times the engine on the arrays that tests/peers/gen_touches.py writes:
                                        one JSON line a task; --credits writes what the models answer;
                                        --browser in Chromium; --as-built without an optimised build first
  bench redirect [--requests N] [--blocks N]
                                        processor time of a redirect on workerd, beside two floors
  bench ui [--touches N] [--runs N]     what a reader of a million touches waits for, in Chromium: one JSON line a measurement
  fuzz [PARSER] [--cases N] [--seed N] [--keep]
                                        parsers of what a visitor sends, with inputs that nobody would think of;
                                        --keep adds to the corpus what shows something new
  openapi                               the description of the API, anew from the types
  agents                                the words of programs' user agents, anew from crawler-user-agents
  size                                  bytes of what a browser or the edge loads, against the budgets

  --fresh       wipe the local state first
  --empty       no sample program
  --home DIR    databases and demo.json in DIR, not in .tributary: for a second demo beside the first
  --skip-fresh  leave alone what is already built from the same sources
";

fn main() -> ExitCode {
    process::install_signal_handler();
    match run() {
        Ok(code) => code,
        Err(error) => {
            step::fail(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let mut args = lexopt::Parser::from_env();
    let command = match args.next()? {
        Some(Value(command)) => command.string()?,
        Some(Short('h') | Long("help")) | None => "help".to_owned(),
        Some(other) => return Err(other.unexpected().into()),
    };
    match command.as_str() {
        "demo" => demo::run(&demo_options(&mut args)?, || Ok(()))?,
        "dev" => {
            let mut watch = dev::Watch::default();
            demo::run(&demo_options(&mut args)?, || watch.look())?;
        }
        "build" => {
            let mut skip_fresh = false;
            while let Some(arg) = args.next()? {
                match arg {
                    Long("skip-fresh") => skip_fresh = true,
                    other => return Err(other.unexpected().into()),
                }
            }
            // Wrangler calls this before it serves or deploys; `demo` has just done it.
            if std::env::var_os(server::BUILT).is_some() {
                return Ok(ExitCode::SUCCESS);
            }
            artefact::build(if skip_fresh { artefact::When::Stale } else { artefact::When::Always })?;
        }
        "test" => {
            let mut rest = Vec::new();
            for arg in args.raw_args()? {
                rest.push(arg.string()?);
            }
            return test::run(&rest);
        }
        "check" => {
            let mut record = false;
            while let Some(arg) = args.next()? {
                match arg {
                    Long("record") => record = true,
                    other => return Err(other.unexpected().into()),
                }
            }
            return check::run(record);
        }
        "figures" => figures::run(&figures_options(&mut args)?)?,
        "bench" => return bench(&mut args),
        "fuzz" => return fuzz::run(&fuzz_options(&mut args)?),
        "openapi" => {
            if let Some(arg) = args.next()? {
                return Err(arg.unexpected().into());
            }
            return openapi::write();
        }
        "agents" => {
            if let Some(arg) = args.next()? {
                return Err(arg.unexpected().into());
            }
            agents::run()?;
        }
        "size" => {
            if let Some(arg) = args.next()? {
                return Err(arg.unexpected().into());
            }
            return size::run();
        }
        "help" => print!("{HELP}"),
        other => bail!("no command `{other}`\n\n{HELP}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn bench(args: &mut lexopt::Parser) -> Result<ExitCode> {
    match args.next()? {
        Some(Value(what)) if what == "attribution" => bench::attribution(&attribution_options(args)?),
        Some(Value(what)) if what == "redirect" => bench::redirect::run(&redirect_options(args)?),
        Some(Value(what)) if what == "ui" => bench::ui::run(&ui_options(args)?),
        Some(Value(other)) => bail!("no benchmark `{}`: attribution, redirect or ui", other.display()),
        Some(other) => Err(other.unexpected().into()),
        None => bail!("which benchmark: attribution, redirect or ui"),
    }
}

fn fuzz_options(args: &mut lexopt::Parser) -> Result<fuzz::Options> {
    let mut options = fuzz::Options::default();
    while let Some(arg) = args.next()? {
        match arg {
            Value(parser) => options.parser = Some(parser.string()?),
            Long("cases") => options.cases = args.value()?.parse()?,
            Long("seed") => options.seed = args.value()?.parse()?,
            Long("keep") => options.keep = true,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(options)
}

fn redirect_options(args: &mut lexopt::Parser) -> Result<bench::redirect::Options> {
    let mut options = bench::redirect::Options::default();
    while let Some(arg) = args.next()? {
        match arg {
            Long("requests") => options.requests = args.value()?.parse()?,
            Long("blocks") => options.blocks = args.value()?.parse()?,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(options)
}

fn ui_options(args: &mut lexopt::Parser) -> Result<bench::ui::Options> {
    let mut options = bench::ui::Options::default();
    while let Some(arg) = args.next()? {
        match arg {
            Long("touches") => options.touches = args.value()?.parse()?,
            Long("runs") => options.runs = args.value()?.parse()?,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(options)
}

fn attribution_options(args: &mut lexopt::Parser) -> Result<bench::Options> {
    let mut options = bench::Options::default();
    while let Some(arg) = args.next()? {
        match arg {
            Long("data") => options.data = args.value()?.into(),
            Long("window-days") => options.window = args.value()?.parse()?,
            Long("credits") => options.credits = Some(args.value()?.into()),
            Long("runs") => options.runs = args.value()?.parse()?,
            Long("browser") => options.browser = true,
            Long("markov4") => options.markov4 = true,
            Long("as-built") => options.as_built = true,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(options)
}

fn figures_options(args: &mut lexopt::Parser) -> Result<figures::Options> {
    let mut options = figures::Options::default();
    while let Some(arg) = args.next()? {
        match arg {
            Long("feed") => options.feed = args.value()?.string()?,
            Long("model") => options.model = Some(args.value()?.string()?),
            Long("window") => options.window = Some(args.value()?.parse()?),
            Long("days") => options.days = Some(figures::days(&args.value()?.string()?)?),
            Long("by") => options.by = Some(args.value()?.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(options)
}

fn demo_options(args: &mut lexopt::Parser) -> Result<demo::Options> {
    let mut options = demo::Options::default();
    while let Some(arg) = args.next()? {
        match arg {
            Long("port") => options.port = args.value()?.parse()?,
            Long("fresh") => options.fresh = true,
            Long("home") => options.home = Some(args.value()?.string()?),
            Long("empty") => options.empty = true,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(options)
}
