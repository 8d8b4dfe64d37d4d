"""The parts of the website's build: pages made from notebooks, formulas as MathML, a look at the finished files."""
