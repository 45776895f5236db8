"""Reads the project for training, with the retrieval intents of data/faq/ known to the stories."""

from __future__ import annotations

from functools import lru_cache

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers import utils
from rasa.shared.importers.importer import ResponsesSyncImporter
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData


class ProjectImporter(RasaFileImporter):
    """Rasa's file importer; named in config.yml.

    Rasa adds retrieval intents (`faq`) to the domain by itself. Listed in domain.yml too, it
    warns of duplicates; not listed, it warns that stories name an unknown intent. Here they are
    not listed, and stories are read with them.
    """

    @lru_cache(maxsize=1)  # noqa: B019 - one importer per training; reading takes seconds each time
    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """The examples; see the parent class."""
        return super().get_nlu_data(language)

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        """The stories and rules; see the parent class."""
        return utils.story_graph_from_paths(
            self._story_files, self._domain_of_stories(), exclusion_percentage
        )

    def get_conversation_tests(self) -> StoryGraph:
        """The test stories; see the parent class."""
        return utils.story_graph_from_paths(
            self._conversation_test_files, self._domain_of_stories()
        )

    def _domain_of_stories(self) -> Domain:
        nlu_data = self.get_nlu_data()
        retrieval = ResponsesSyncImporter._get_domain_with_retrieval_intents(
            nlu_data.retrieval_intents, nlu_data.responses, self.get_domain()
        )
        return self.get_domain().merge(retrieval)
