//! Children that never outlive us. Each runs in a process group of its own, so that whatever it starts ends with it.

use anyhow::{Context, Result};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The children that are alive, for the signal handler.
static ALIVE: Mutex<Vec<u32>> = Mutex::new(Vec::new());

static STOPPING: AtomicBool = AtomicBool::new(false);

/// How long a child may take to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(4);

/// What a shell expects of a program that a Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// A running child and everything that it started. Dropping it ends them.
pub struct Group {
    child: Child,
}

impl Group {
    /// Starts the command with no standard input, in a process group of its own.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(command: &mut Command) -> Result<Self> {
        command.stdin(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let child = command.spawn().with_context(|| format!("cannot start {}", command.get_program().display()))?;
        alive(|ids| ids.push(child.id()));
        Ok(Self { child })
    }

    /// The child itself, for its pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn wait(mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let id = self.child.id();
        if matches!(self.child.try_wait(), Ok(None)) {
            signal(id, Force::Ask);
            let asked = Instant::now();
            while matches!(self.child.try_wait(), Ok(None)) && asked.elapsed() < GRACE {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        // The leader may be gone while something that it started is not.
        signal(id, Force::Kill);
        if matches!(self.child.try_wait(), Ok(None)) {
            // Nothing is left to do when even this fails: we are ending.
            drop(self.child.kill());
            drop(self.child.wait());
        }
        alive(|ids| ids.retain(|other| *other != id));
    }
}

enum Force {
    Ask,
    Kill,
}

#[cfg(unix)]
fn signal(group: u32, force: Force) {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;
    let Ok(group) = i32::try_from(group) else {
        return;
    };
    let signal = match force {
        Force::Ask => Signal::SIGTERM,
        Force::Kill => Signal::SIGKILL,
    };
    // An error means that the group is already gone.
    let _gone = killpg(Pid::from_raw(group), signal);
}

#[cfg(not(unix))]
fn signal(_group: u32, _force: Force) {}

fn alive<R>(change: impl FnOnce(&mut Vec<u32>) -> R) -> R {
    change(&mut ALIVE.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Whether a signal is ending us: a child that ends now did not fail.
pub fn stopping() -> bool {
    STOPPING.load(Ordering::SeqCst)
}

/// On Ctrl-C, SIGTERM or a closed terminal: end every child's group, then ourselves.
pub fn install_signal_handler() {
    let installed = ctrlc::set_handler(|| {
        STOPPING.store(true, Ordering::SeqCst);
        let ids = alive(|ids| ids.clone());
        for id in &ids {
            signal(*id, Force::Ask);
        }
        if !ids.is_empty() {
            // workerd closes its databases within a fraction of this.
            std::thread::sleep(Duration::from_millis(700));
        }
        for id in &ids {
            signal(*id, Force::Kill);
        }
        std::process::exit(INTERRUPTED);
    });
    if installed.is_err() {
        crate::step::note("signals cannot be caught here: stop the server by hand");
    }
}
