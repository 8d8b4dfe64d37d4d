# %% right="as_the_chapter"
def build_app(make_cards):
    def show(*form):
        try:
            for progress, pictures in make_cards(*form):
                yield f"{progress:.0%}", [to_image(picture, 512) for picture in pictures]
        except BadWish as bad:
            raise gr.Error(str(bad)) from bad

    with gr.Blocks(analytics_enabled=False) as app:
        colour = gr.ColorPicker("#2f5d8a", label="Colour")
        text = gr.Textbox(label="Text")
        colour_scale = gr.Slider(0, 400, 200, label="Colour scale")
        text_scale = gr.Slider(0, 100, 50, label="Text scale")
        steps = gr.Slider(4, 100, 40, step=1, label="Steps")
        seed = gr.Textbox("7", label="Seed")
        count = gr.Slider(1, 6, 1, step=1, label="Cards")
        make, cancel = gr.Button("Make cards", variant="primary"), gr.Button("Cancel")
        said, cards = gr.Markdown(), gr.Gallery(label="Your cards")
        form = [colour, text, colour_scale, text_scale, steps, seed, count]
        drawing = make.click(show, form, [said, cards], concurrency_limit=1)
        cancel.click(None, cancels=drawing)
    return app

# %% right="bound_in_the_block"
def build_app(make_cards):
    def show(*form):
        try:
            for progress, pictures in make_cards(*form):
                yield f"{progress:.0%}", [to_image(picture, 512) for picture in pictures]
        except BadWish as bad:
            raise gr.Error(str(bad)) from bad

    with gr.Blocks(analytics_enabled=False) as app:
        colour = gr.ColorPicker("#2f5d8a", label="Colour")
        text = gr.Textbox(label="Text")
        colour_scale = gr.Slider(0, 400, 200, label="Colour scale")
        text_scale = gr.Slider(0, 100, 50, label="Text scale")
        steps = gr.Slider(4, 100, 40, step=1, label="Steps")
        seed = gr.Textbox("7", label="Seed")
        count = gr.Slider(1, 6, 1, step=1, label="Cards")
        make, cancel = gr.Button("Make cards", variant="primary"), gr.Button("Cancel")
        said, cards = gr.Markdown(), gr.Gallery(label="Your cards")
        form = [colour, text, colour_scale, text_scale, steps, seed, count]
        drawing = gr.on([make.click, text.submit], show, form, [said, cards], concurrency_limit=1)
        cancel.click(None, cancels=drawing)
    return app

# %% right="default_limit"
def build_app(make_cards):
    def show(*form):
        try:
            for progress, pictures in make_cards(*form):
                yield f"{progress:.0%}", [to_image(picture, 512) for picture in pictures]
        except BadWish as bad:
            raise gr.Error(str(bad)) from bad

    with gr.Blocks(analytics_enabled=False) as app:
        colour = gr.ColorPicker("#2f5d8a", label="Colour")
        text = gr.Textbox(label="Text")
        colour_scale = gr.Slider(0, 400, 200, label="Colour scale")
        text_scale = gr.Slider(0, 100, 50, label="Text scale")
        steps = gr.Slider(4, 100, 40, step=1, label="Steps")
        seed = gr.Textbox("7", label="Seed")
        count = gr.Slider(1, 6, 1, step=1, label="Cards")
        make, cancel = gr.Button("Make cards", variant="primary"), gr.Button("Cancel")
        said, cards = gr.Markdown(), gr.Gallery(label="Your cards")
        form = [colour, text, colour_scale, text_scale, steps, seed, count]
        drawing = make.click(show, form, [said, cards])
        cancel.click(None, cancels=drawing)
    return app

# %% right="dictionary"
def build_app(make_cards):
    def show(*form):
        try:
            for progress, pictures in make_cards(*form):
                yield {said: f"{progress:.0%}", cards: [to_image(picture, 512) for picture in pictures]}
        except BadWish as bad:
            raise gr.Error(str(bad)) from bad

    with gr.Blocks(analytics_enabled=False) as app:
        colour = gr.ColorPicker("#2f5d8a", label="Colour")
        text = gr.Textbox(label="Text")
        colour_scale = gr.Slider(0, 400, 200, label="Colour scale")
        text_scale = gr.Slider(0, 100, 50, label="Text scale")
        steps = gr.Slider(4, 100, 40, step=1, label="Steps")
        seed = gr.Textbox("7", label="Seed")
        count = gr.Slider(1, 6, 1, step=1, label="Cards")
        make, cancel = gr.Button("Make cards", variant="primary"), gr.Button("Cancel")
        said, cards = gr.Markdown(), gr.Gallery(label="Your cards")
        form = [colour, text, colour_scale, text_scale, steps, seed, count]
        drawing = make.click(show, form, [said, cards], concurrency_limit=1)
        cancel.click(None, cancels=drawing)
    return app

# %% right="list_of_events"
def build_app(make_cards):
    def show(*form):
        try:
            for progress, pictures in make_cards(*form):
                yield f"{progress:.0%}", [to_image(picture, 512) for picture in pictures]
        except BadWish as bad:
            raise gr.Error(str(bad)) from bad

    with gr.Blocks(analytics_enabled=False) as app:
        colour = gr.ColorPicker("#2f5d8a", label="Colour")
        text = gr.Textbox(label="Text")
        colour_scale = gr.Slider(0, 400, 200, label="Colour scale")
        text_scale = gr.Slider(0, 100, 50, label="Text scale")
        steps = gr.Slider(4, 100, 40, step=1, label="Steps")
        seed = gr.Textbox("7", label="Seed")
        count = gr.Slider(1, 6, 1, step=1, label="Cards")
        make, cancel = gr.Button("Make cards", variant="primary"), gr.Button("Cancel")
        said, cards = gr.Markdown(), gr.Gallery(label="Your cards")
        form = [colour, text, colour_scale, text_scale, steps, seed, count]
        drawing = make.click(show, form, [said, cards], concurrency_limit=1)
        app.load(lambda: "", None, said)
        cancel.click(None, cancels=[drawing])
    return app

# %% right="message_on_the_page"
def build_app(make_cards):
    def show(*form):
        try:
            for progress, pictures in make_cards(*form):
                yield f"{progress:.0%}", [to_image(picture, 512) for picture in pictures]
        except BadWish as bad:
            yield str(bad), gr.skip()

    with gr.Blocks(analytics_enabled=False) as app:
        colour = gr.ColorPicker("#2f5d8a", label="Colour")
        text = gr.Textbox(label="Text")
        colour_scale = gr.Slider(0, 400, 200, label="Colour scale")
        text_scale = gr.Slider(0, 100, 50, label="Text scale")
        steps = gr.Slider(4, 100, 40, step=1, label="Steps")
        seed = gr.Textbox("7", label="Seed")
        count = gr.Slider(1, 6, 1, step=1, label="Cards")
        make, cancel = gr.Button("Make cards", variant="primary"), gr.Button("Cancel")
        said, cards = gr.Markdown(), gr.Gallery(label="Your cards")
        form = [colour, text, colour_scale, text_scale, steps, seed, count]
        drawing = make.click(show, form, [said, cards], concurrency_limit=1)
        cancel.click(None, cancels=drawing)
    return app

# %% right="numbers"
def build_app(make_cards):
    def show(*form):
        try:
            for progress, pictures in make_cards(*form):
                yield f"{progress:.0%}", [to_image(picture, 512) for picture in pictures]
        except BadWish as bad:
            raise gr.Error(str(bad)) from bad

    with gr.Blocks(analytics_enabled=False) as app:
        colour = gr.ColorPicker("#2f5d8a", label="Colour")
        text = gr.Textbox(label="Text")
        colour_scale = gr.Slider(0, 400, 200, label="Colour scale")
        text_scale = gr.Slider(0, 100, 50, label="Text scale")
        steps = gr.Number(40, label="Steps")
        seed = gr.Number(7, label="Seed")
        count = gr.Slider(1, 6, 1, step=1, label="Cards")
        make, cancel = gr.Button("Make cards", variant="primary"), gr.Button("Cancel")
        said, cards = gr.Markdown(), gr.Gallery(label="Your cards")
        form = [colour, text, colour_scale, text_scale, steps, seed, count]
        drawing = make.click(show, form, [said, cards], concurrency_limit=1)
        cancel.click(None, cancels=drawing)
    return app

# %% right="queued"
def build_app(make_cards):
    def show(*form):
        try:
            for progress, pictures in make_cards(*form):
                yield f"{progress:.0%}", [to_image(picture, 512) for picture in pictures]
        except BadWish as bad:
            raise gr.Error(str(bad)) from bad

    with gr.Blocks(analytics_enabled=False) as app:
        colour = gr.ColorPicker("#2f5d8a", label="Colour")
        text = gr.Textbox(label="Text")
        colour_scale = gr.Slider(0, 400, 200, label="Colour scale")
        text_scale = gr.Slider(0, 100, 50, label="Text scale")
        steps = gr.Slider(4, 100, 40, step=1, label="Steps")
        seed = gr.Textbox("7", label="Seed")
        count = gr.Slider(1, 6, 1, step=1, label="Cards")
        make, cancel = gr.Button("Make cards", variant="primary"), gr.Button("Cancel")
        said, cards = gr.Markdown(), gr.Gallery(label="Your cards")
        form = [colour, text, colour_scale, text_scale, steps, seed, count]
        drawing = make.click(show, form, [said, cards])
        cancel.click(None, cancels=drawing)
    return app.queue(default_concurrency_limit=1)

# %% right="rows_and_columns"
def build_app(make_cards):
    def show(*form):
        try:
            for progress, pictures in make_cards(*form):
                yield f"{progress:.0%}", [to_image(picture, 512) for picture in pictures]
        except BadWish as bad:
            raise gr.Error(str(bad)) from bad

    with gr.Blocks(analytics_enabled=False) as app:
        colour = gr.ColorPicker("#2f5d8a", label="Colour")
        text = gr.Textbox(label="Text")
        colour_scale = gr.Slider(0, 400, 200, label="Colour scale")
        text_scale = gr.Slider(0, 100, 50, label="Text scale")
        steps = gr.Slider(4, 100, 40, step=1, label="Steps")
        seed = gr.Textbox("7", label="Seed")
        count = gr.Slider(1, 6, 1, step=1, label="Cards")
        with gr.Row():
            gr.Markdown("# Postcards")
        make, cancel = gr.Button("Make cards", variant="primary"), gr.Button("Cancel")
        said, cards = gr.Markdown(), gr.Gallery(label="Your cards")
        form = [colour, text, colour_scale, text_scale, steps, seed, count]
        drawing = make.click(show, form, [said, cards], concurrency_limit=1)
        cancel.click(None, cancels=drawing)
    return app

# %% wrong="bad_wish_swallowed" of="as_the_chapter"
# -             raise gr.Error(str(bad)) from bad
# +             raise gr.Error("Something went wrong.") from bad

# %% wrong="bad_wish_swallowed__silent" of="as_the_chapter"
# -             raise gr.Error(str(bad)) from bad
# +             return

# %% wrong="bad_wish_uncaught" of="as_the_chapter"
# -             raise gr.Error(str(bad)) from bad
# +             raise

# %% wrong="button_does_nothing" of="as_the_chapter"
# -         drawing = make.click(show, form, [said, cards], concurrency_limit=1)
# +         drawing = make.click(lambda: "drawing", None, said)

# %% wrong="button_does_nothing__fewer_inputs" of="as_the_chapter"
# -         form = [colour, text, colour_scale, text_scale, steps, seed, count]
# +         form = [colour, text, colour_scale, text_scale, steps]

# %% wrong="colour_as_text" of="as_the_chapter"
# -         colour = gr.ColorPicker("#2f5d8a", label="Colour")
# +         colour = gr.Textbox("#2f5d8a", label="Colour")

# %% wrong="control_missing" of="as_the_chapter"
# -         seed = gr.Textbox("7", label="Seed")
# +         seed = gr.State("7")

# %% wrong="control_missing__label" of="as_the_chapter"
# -         steps = gr.Slider(4, 100, 40, step=1, label="Steps")
# +         steps = gr.Slider(4, 100, 40, step=1, label="Number")

# %% wrong="generator_not_called" of="as_the_chapter"
# -             for progress, pictures in make_cards(*form):
# +             for progress, pictures in ((0.5, []), (1.0, [])):

# %% wrong="inputs_swapped" of="as_the_chapter"
# -         form = [colour, text, colour_scale, text_scale, steps, seed, count]
# +         form = [colour, text, text_scale, colour_scale, steps, seed, count]

# %% wrong="inputs_swapped__page_order" of="as_the_chapter"
# -         form = [colour, text, colour_scale, text_scale, steps, seed, count]
# +         form = [colour, text, colour_scale, text_scale, count, seed, steps]

# %% wrong="many_at_once" of="as_the_chapter"
# -         drawing = make.click(show, form, [said, cards], concurrency_limit=1)
# +         drawing = make.click(show, form, [said, cards], concurrency_limit=10)

# %% wrong="many_at_once__none" of="as_the_chapter"
# -         drawing = make.click(show, form, [said, cards], concurrency_limit=1)
# +         drawing = make.click(show, form, [said, cards], concurrency_limit=None)

# %% wrong="no_cancel" of="as_the_chapter"
# -         cancel.click(None, cancels=drawing)

# %% wrong="no_cancel__other_event" of="as_the_chapter"
# -         cancel.click(None, cancels=drawing)
# +         cancel.click(lambda: "Cancelled", None, said)

# %% wrong="only_the_end" of="as_the_chapter"
# -                 yield f"{progress:.0%}", [to_image(picture, 512) for picture in pictures]
# +                 last = f"{progress:.0%}", [to_image(picture, 512) for picture in pictures]
# +             return last

# %% wrong="outputs_do_not_match" of="as_the_chapter"
# -                 yield f"{progress:.0%}", [to_image(picture, 512) for picture in pictures]
# +                 yield progress, f"{progress:.0%}", [to_image(picture, 512) for picture in pictures]

# %% wrong="outputs_do_not_match__one" of="as_the_chapter"
# -                 yield f"{progress:.0%}", [to_image(picture, 512) for picture in pictures]
# +                 yield [to_image(picture, 512) for picture in pictures]
