"""A small file with the dirt of real ones: made by hand, in the shape of a list that went through a spreadsheet."""

CSV = '''\ufeffnumber,isbn,isbn13,author,original_publication_year,title,language_code
1,439023483,9.78043902348e+12,Suzanne Collins,2008.0,"The Hunger Games (The Hunger Games, #1)",eng
2,61120081,9.78006112008e+12,Harper Lee,1960.0,To Kill a Mockingbird,en-US
3,081297106X,9.78081297106e+12,Azar Nafisi,2003.0,Reading Lolita in Tehran,
4,812971060,9.78081297106e+12,"Somebody Else, Another One",,"A title, with ""quotes""",en-GB
5,143039954,9.78014303995e+12,"Homer, Robert Fagles, E.V. Rieu",-720.0,The Odyssey,eng
6,,,Tina Fey,2011.0,Bossypants,eng

7,439023483,9.78043902348e+12,Suzanne Collins,2009.0,Another book with the same ISBN,eng
8,,,Nobody,1999.0,,eng
9,1841494100,,Anthony    Ryan,2011.0,"Blood Song (Raven's Shadow, #1)",nl
10,9780061120084.0,,Harper Lee,1960.0,To Kill a Mockingbird,en-US
11,,,Émile Zola; Nadar,1885,Germinal,fr,surplus
'''
MAPPING = {"authors": "author", "published_year": "original_publication_year", "languages": "language_code"}
ISBNS = {1: "9780439023481", 2: "9780061120084", 3: "9780812971064", 5: "9780143039952", 9: "9781841494104"}
CREATED, SKIPPED, FAILED = 7, 1, 3
ERRORS = [
    (4, "812971060", "invalid-isbn"),
    (7, "439023483", "isbn-repeated-in-file"),
    (8, None, "invalid-text"),
    (11, "Germinal", "too-many-columns"),
]
