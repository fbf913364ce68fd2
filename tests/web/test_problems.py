from web.problems import problem, public_line


def test_a_strangers_line_names_no_folder_of_the_machine_and_no_address() -> None:
    error = RuntimeError("No index at /srv/wenju/.wenju/index.\nBuild it with: python -m rag ingest")
    assert public_line(error) == "No index at .wenju/index. Build it with: python -m rag ingest"
    assert (
        public_line(RuntimeError("Chroma at http://10.0.0.7:8000 does not answer.")) == "Chroma at … does not answer."
    )
    assert public_line(RuntimeError("Give and/or take.")) == "Give and/or take."


def test_a_problem_says_what_and_is_not_stored() -> None:
    response = problem(503, "Not ready.")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
