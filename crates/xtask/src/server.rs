//! The local server: wrangler on workerd, its secrets, its databases.

use crate::http::Client;
use crate::place::Home;
use crate::process::Group;
use crate::{fingerprint, place, step};
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Where wrangler keeps the local databases, in the demo's home.
const STATE: &str = "state";
/// The schedules in `wrangler.toml`, and the minute of the hour of those that do not fire every minute.
const CRONS: [(&str, Option<u64>); 2] = [("* * * * *", None), ("7 * * * *", Some(7))];
/// Tells the build command in `wrangler.toml` that everything is built.
pub const BUILT: &str = "TRIBUTARY_BUILT";
/// workerd starts in two seconds; a machine under load may need many more.
const PATIENCE: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(50);

/// The secrets of the local server, kept in `.dev.vars` between starts.
pub struct Secrets {
    /// Opens `POST /api/setup`.
    pub setup: String,
}

impl Secrets {
    /// Reads `.dev.vars`, and adds what is missing, at random.
    ///
    /// # Errors
    /// When the file cannot be read or written, or the system gives no randomness.
    pub fn ensure() -> Result<Self> {
        let path = place::at(".dev.vars")?;
        let mut text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        let before = text.len();
        if variable(&text, "TOKEN_KEYS").is_none() {
            append(&mut text, "TOKEN_KEYS", &format!("k1:{}", random_hex()?));
        }
        if variable(&text, "DEVELOPMENT").is_none() {
            append(&mut text, "DEVELOPMENT", "1");
        }
        let setup = match variable(&text, "SETUP_SECRET") {
            Some(secret) => secret,
            None => {
                let secret = random_hex()?;
                append(&mut text, "SETUP_SECRET", &secret);
                secret
            }
        };
        if text.len() != before {
            write_private(&path, &text)?;
        }
        Ok(Self { setup })
    }
}

fn append(text: &mut String, name: &str, value: &str) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&format!("{name}=\"{value}\"\n"));
}

fn variable(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once('=')?;
        (found.trim() == name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn random_hex() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok().context("the system gives no randomness")?;
    Ok(fingerprint::hex(&bytes))
}

/// Writes a file that only its owner may read.
///
/// # Errors
/// When it cannot be written.
pub fn write_private(path: &PathBuf, text: &str) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let mut options = File::options();
        options.create(true).write(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        std::io::Write::write_all(&mut options.open(path)?, text.as_bytes())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Removes the local databases and what was noted about them. The secrets stay.
///
/// # Errors
/// When a file cannot be removed.
pub fn wipe(home: &Home) -> Result<()> {
    for path in [home.at(STATE)?, home.at("demo.json")?] {
        let gone = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match gone {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Brings the local database up to the last migration.
///
/// # Errors
/// When wrangler fails.
pub fn migrate(home: &Home) -> Result<()> {
    let stamp = home.at("state/migrated")?;
    let wanted = fingerprint::of_files(&fingerprint::files(&[place::at("crates/edge/migrations")?])?)?;
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    let mut command = wrangler()?;
    command.args(["d1", "migrations", "apply", "DB", "--local", "--persist-to"]).arg(home.at(STATE)?);
    // Wrangler asks before it migrates, unless it runs where nobody can answer.
    command.env("CI", "true");
    step::run("the local database", &mut command)?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

/// A running `wrangler dev`. Dropping it stops the server.
pub struct Server {
    group: Group,
    log: PathBuf,
    /// `http://localhost:<port>`.
    pub url: String,
}

impl Server {
    /// Starts the server and waits until `/healthz` answers.
    ///
    /// # Errors
    /// When the port is taken, wrangler ends, or nothing answers in time.
    pub fn start(home: &Home, port: u16) -> Result<Self> {
        if taken(port) {
            bail!("port {port} is in use: stop what listens there, or choose another with --port N");
        }
        let log = home.at("wrangler.log")?;
        let out = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let port_text = port.to_string();
        let mut command = wrangler()?;
        command
            .args(["dev", "--local", "--port", &port_text, "--persist-to"])
            .arg(home.at(STATE)?)
            .arg("--show-interactive-dev-session=false")
            // Opens the address at which `keep_time` fires them.
            .arg("--test-scheduled")
            .env(BUILT, "1")
            .stdout(out.try_clone()?)
            .stderr(out);
        let mut step = step::Step::begin("the server");
        let mut server = Self { group: Group::start(&mut command)?, log, url: format!("http://localhost:{port}") };
        let client = Client::new(&server.url);
        let started = Instant::now();
        loop {
            server.check_alive()?;
            if client.get("/healthz").is_ok_and(|answer| answer.status == 200) {
                step.done("");
                keep_time(server.url.clone());
                return Ok(server);
            }
            if started.elapsed() > PATIENCE {
                step.broken();
                bail!(
                    "/healthz did not answer 200 within {} s; wrangler said:\n\n{}",
                    PATIENCE.as_secs(),
                    step::tail(&server.log)
                );
            }
            std::thread::sleep(LOOK);
            step.progress("");
        }
    }

    /// Whether the server still runs.
    ///
    /// # Errors
    /// When it ended: the error holds its last words.
    pub fn check_alive(&mut self) -> Result<()> {
        match self.group.ended()? {
            None => Ok(()),
            Some(status) => bail!("the server ended ({status}); wrangler said:\n\n{}", step::tail(&self.log)),
        }
    }
}

/// Fires the schedules of wrangler.toml at a server for as long as this program lives: by itself wrangler fires none, and
/// what was not taken would not be sent again, nor a month closed.
fn keep_time(url: String) {
    let minute = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / 60);
    std::thread::spawn(move || {
        let client = Client::new(&url);
        let mut last = minute();
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let now = minute();
            if now == last {
                continue;
            }
            last = now;
            let due = CRONS.iter().filter(|(_, at)| at.is_none_or(|at| now % 60 == at));
            for (cron, _) in due {
                // A server that ended says so elsewhere, and one that is busy is asked again in a minute.
                drop(client.get(&format!("/__scheduled?cron={}", cron.replace(' ', "+"))));
            }
        }
    });
}

fn taken(port: u16) -> bool {
    let listens = |address: SocketAddr| TcpStream::connect_timeout(&address, Duration::from_millis(300)).is_ok();
    listens((Ipv4Addr::LOCALHOST, port).into())
        || listens((Ipv6Addr::LOCALHOST, port).into())
        || TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err()
}

/// Wrangler as a quiet, local program: no telemetry, no look for updates, no calls home, its files below `.tributary/`.
fn wrangler() -> Result<Command> {
    let mut command = Command::new("node");
    command
        .arg(place::at("node_modules/wrangler/bin/wrangler.js")?)
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_SEND_ERROR_REPORTS", "false")
        .env("WRANGLER_HIDE_BANNER", "true")
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
        .env("WRANGLER_REGISTRY_PATH", place::local("registry")?)
        .env("WRANGLER_LOG_PATH", place::local("log/wrangler")?)
        .env("NO_COLOR", "1")
        .env("FORCE_COLOR", "0")
        .current_dir(place::root()?);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::{CRONS, append, variable};

    #[test]
    fn the_local_clock_fires_what_is_written() {
        let text = include_str!("../../../wrangler.toml");
        let crons = text.lines().find_map(|line| line.strip_prefix("crons = [")).expect("schedules");
        assert_eq!(crons.matches('"').count(), 2 * CRONS.len());
        assert!(CRONS.iter().all(|(cron, _)| crons.contains(&format!("\"{cron}\""))));
    }

    #[test]
    fn secrets_survive_what_a_person_wrote() {
        let mut text = "# mine\nSETUP_SECRET = \"abc\"\nOTHER=1".to_owned();
        assert_eq!(variable(&text, "SETUP_SECRET").as_deref(), Some("abc"));
        assert_eq!(variable(&text, "TOKEN_KEYS"), None);
        append(&mut text, "TOKEN_KEYS", "k1:00");
        assert_eq!(variable(&text, "TOKEN_KEYS").as_deref(), Some("k1:00"));
        assert_eq!(variable(&text, "OTHER").as_deref(), Some("1"));
    }
}
