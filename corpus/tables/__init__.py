"""Two small tables that ship: how Chinese characters follow one another, and how they are read.

`bigrams.tsv` is counted from the word list of jieba 0.42.1, `readings.tsv` is turned around from the character
readings of pypinyin 0.55.0; both packages are under the MIT licence. `make.py` writes them.
"""
