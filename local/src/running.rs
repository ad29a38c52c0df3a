//! The running stack, and how an edit gets into it.

use std::sync::mpsc::Receiver;

use crate::{
    build::{self, Functions},
    console,
    failure::Failure,
    folders::Folders,
    options::Options,
    pages::Page,
    python::Environment,
    sources::Fingerprints,
    stack::{self, Deployment, Stack},
    supervisor::Supervisor,
    watch::{self, Event},
};

/// A stack in the emulator.
#[derive(Debug)]
pub struct Running<'a> {
    /// What the command was told.
    pub options: &'a Options,
    /// Where the emulator's AWS is.
    pub emulator_url: &'a str,
    /// SAM's Python.
    pub sam: &'a Environment,
    /// The template's parameters, such as `LogLevel=DEBUG`.
    pub parameters: Vec<String>,
    /// The page that calls the stack's API, where there is one.
    pub page: Option<&'a Page>,
    /// The emulator's.
    pub emulator_python: &'a Environment,
    /// The folders that everything works in.
    pub folders: &'a Folders,
    /// Ends what we start.
    pub supervisor: &'a Supervisor,
    /// The sources that were built last, or could not be.
    pub sources: Fingerprints,
    /// The template that is deployed.
    pub template: u64,
    /// The functions that are deployed.
    pub functions: Functions,
}

impl Running<'_> {
    /// Deploys the template with what was built.
    ///
    /// # Errors
    ///
    /// Where a step fails.
    pub fn deploy(&self) -> Result<Stack, Failure> {
        let mut stack =
            stack::deploy(self.sam, self.emulator_python, &self.deployment(), self.folders, self.supervisor)?;
        if let Some(page) = self.page {
            stack.set_page(page.origin());
        }
        stack.write(&self.options.stack_file)?;
        Ok(stack)
    }

    /// Brings each edit into the stack, until the emulator ends.
    ///
    /// # Errors
    ///
    /// Always: the emulator should not end.
    pub fn follow(&mut self, happens: Receiver<Event>) -> Result<(), Failure> {
        while let Some(event) = watch::next(&happens) {
            match event {
                Event::Ended(failure) => return Err(failure),
                Event::Edited => {
                    if let Err(failure) = self.update() {
                        console::say(&format!("{failure}\nWhat was deployed before goes on."));
                    }
                }
            }
        }
        Ok(())
    }

    fn update(&mut self) -> Result<(), Failure> {
        let sources = Fingerprints::now(self.folders)?;
        if sources == self.sources {
            return Ok(());
        }
        self.sources = sources;
        build::functions(sources, self.folders, self.supervisor)?;
        let functions = build::pack(self.sam, self.folders, self.supervisor)?;
        if sources.template != self.template {
            self.deploy()?;
            self.template = sources.template;
            self.functions = functions;
            console::say("Deployed.");
            return Ok(());
        }
        let changed: Vec<String> = functions
            .iter()
            .filter(|(logical_id, built)| self.functions.get(*logical_id) != Some(built))
            .map(|(logical_id, _)| logical_id.clone())
            .collect();
        if changed.is_empty() {
            console::say("No function is another than before.");
            return Ok(());
        }
        stack::exchange(self.emulator_python, &self.deployment(), &changed, self.folders, self.supervisor)?;
        self.functions = functions;
        console::say(&format!("Exchanged: {}.", changed.join(", ")));
        Ok(())
    }

    fn deployment(&self) -> Deployment<'_> {
        Deployment {
            emulator_url: self.emulator_url,
            stack_name: &self.options.stack_name,
            parameters: &self.parameters,
        }
    }
}
