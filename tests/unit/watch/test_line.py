"""Who is next: first come, first served, one at a time, whoever gives up."""

from __future__ import annotations

import asyncio

import pytest

from bot.watch.load import BusyError, Line, Load


def test_the_line_keeps_its_order_and_lets_one_pass_at_a_time() -> None:
    passed: list[int] = []
    inside = 0

    async def pass_through(line: Line, number: int) -> None:
        nonlocal inside
        async with line.turn():
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            passed.append(number)
            inside -= 1

    async def scenario() -> None:
        line = Line()
        await asyncio.gather(*(pass_through(line, number) for number in range(20)))
        assert len(line) == 0

    asyncio.run(scenario())
    assert passed == list(range(20))


def test_who_gives_up_in_the_line_holds_nobody_up() -> None:
    async def scenario() -> None:
        line, passed = Line(), []

        async def pass_through(number: int) -> None:
            async with line.turn():
                passed.append(number)
                await asyncio.sleep(0.01)

        tasks = [asyncio.create_task(pass_through(number)) for number in range(6)]
        await asyncio.sleep(0)
        tasks[2].cancel()  # waits
        await asyncio.sleep(0.005)
        tasks[0].cancel()  # is in turn
        await asyncio.sleep(0)
        tasks[1].cancel()  # was just let in
        await asyncio.gather(*tasks, return_exceptions=True)
        assert passed[-3:] == [3, 4, 5]
        async with asyncio.timeout(1), line.turn():
            pass

    asyncio.run(scenario())


def test_a_turn_leaves_room_for_answers_before_the_next_begins() -> None:
    async def scenario() -> list[str]:
        line, seen = Line(), []

        async def turn(number: int) -> None:
            async with line.turn():
                seen.append(f"turn {number}")
            asyncio.get_running_loop().call_soon(seen.append, f"answer {number}")

        await asyncio.gather(*(turn(number) for number in range(3)))
        await asyncio.sleep(0)
        return seen

    seen = asyncio.run(scenario())
    assert seen == ["turn 0", "answer 0", "turn 1", "answer 1", "turn 2", "answer 2"]


def test_a_full_process_refuses_and_a_crowded_one_gives_each_conversation_one_place() -> None:
    load = Load(most_waiting=4)
    with load.turn("website", "a"), load.turn("website", "a"):
        with pytest.raises(BusyError) as refused:
            load.check("website", "a")
        assert refused.value.retry_after_s >= 1
        load.check("website", "b")
        with load.turn("website", "b"), load.turn("rest", "c"):
            with pytest.raises(BusyError):
                load.check("website", "d")
            load.check("slack", "a")  # waits in its table
    load.check("website", "a")
    assert load.in_hand == 0


def test_nothing_new_is_taken_in_while_the_process_ends() -> None:
    load = Load(most_waiting=4)
    load.is_draining = True
    with pytest.raises(BusyError):
        load.check("website", "a")
