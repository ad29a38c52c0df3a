//! Builds the functions, and runs an executable as Lambda does: as a process that polls the Runtime API for its next
//! event.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

mod build;
mod function;
pub mod http;

pub use build::{Executable, build};
pub use function::{Completed, Function, Invocation, Pending};
