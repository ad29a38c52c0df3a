//! The running stack, and how an edit gets into it.

use std::sync::mpsc::Receiver;

use crate::{
    build::{self, Functions},
    console,
    deploy::{self, Deploy, Deployment, Tools},
    failure::Failure,
    folders::Folders,
    options::Options,
    pages::Page,
    sources::Fingerprints,
    stack::Stack,
    supervisor::Supervisor,
    watch::{self, Event},
};

/// A stack in the emulator.
#[derive(Debug)]
pub struct Running<'a> {
    /// What the command was told.
    pub options: &'a Options,
    /// What deploys.
    pub tools: &'a Tools,
    /// The template's parameters, such as `LogLevel=DEBUG`.
    pub parameters: Vec<String>,
    /// The page that calls the stack's API, where there is one.
    pub page: Option<&'a Page>,
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
    /// Deploys the template with `functions`, by a deploy that was begun before.
    ///
    /// # Errors
    ///
    /// Where a step fails.
    pub fn deploy(&self, deploy: Deploy, functions: &Functions) -> Result<Stack, Failure> {
        let deployment =
            Deployment { stack_name: &self.options.stack_name, parameters: &self.parameters, functions };
        let mut stack = deploy.finish(self.tools, &deployment, self.folders, self.supervisor)?;
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
        let Self { tools, options, folders, supervisor, .. } = *self;
        let begin = || Deploy::begin(tools, &options.stack_name, folders, supervisor);
        let deploy = (sources.template != self.template).then(begin).transpose()?;
        build::functions(sources, folders, supervisor)?;
        let functions = build::pack(&tools.sam, folders, supervisor)?;
        if let Some(deploy) = deploy {
            self.deploy(deploy, &functions)?;
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
        deploy::exchange(tools, &options.stack_name, &changed, folders, supervisor)?;
        self.functions = functions;
        console::say(&format!("Exchanged: {}.", changed.join(", ")));
        Ok(())
    }
}
