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
        drawing = make.click(show, form, [said, cards], concurrency_limit=None)
        cancel.click(None, cancels=drawing)
    return app
